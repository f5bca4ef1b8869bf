using System.Reflection;
using Serve.Admin;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>Turns the controller's state into what clients are shown of the whole server. Pure.</summary>
internal static class DetailsBuilder
{
    public static readonly string Version = typeof(DetailsBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <param name="state">The controller's state.</param>
    /// <param name="options">What the server is.</param>
    /// <param name="isShown">Which applications are shown.</param>
    public static InstanceDetails Build(ControllerState state, AdminOptions options, Func<ApplicationDetails, bool> isShown)
    {
        var instance = state.Nodes.GetValueOrDefault(options.Node)?.Info.Incarnation;
        return new InstanceDetails
        {
            ControllerInfo = new ControllerDetails
            {
                NodeId = options.Node,
                NodeIp = options.Host,
                NodeInstanceId = instance,
                ActorId = $"controller-{state.Epoch}",
                ActorName = "SERVE_CONTROLLER_ACTOR",
                WorkerId = $"{options.ProcessId}",
                Pid = options.ProcessId,
                Epoch = state.Epoch,
                Version = Version,
            },
            ProxyLocation = options.HttpAddress is null ? "Disabled" : "EveryNode",
            HttpOptions = options.HttpOptions,
            GrpcOptions = options.GrpcOptions,
            Proxies = options.HttpAddress is null
                ? new Dictionary<string, ProxyDetails>()
                : new Dictionary<string, ProxyDetails> { [options.Node] = ProxyOf(options, instance) },
            Applications = state.Applications.Values
                .Select(application => ApplicationDetailsBuilder.Build(application, state))
                .Where(isShown)
                .ToDictionary(application => application.Name, StringComparer.Ordinal),
            TargetGroups = [.. TargetGroups(options, instance)],
        };
    }

    private static ProxyDetails ProxyOf(AdminOptions options, string? instance) => new()
    {
        NodeId = options.Node,
        NodeIp = options.HttpAddress!.Host,
        NodeInstanceId = instance,
        ActorId = $"proxy-{options.Node}",
        ActorName = ProxyNameOf(options),
        WorkerId = $"{options.ProcessId}",
        Status = ProxyStatus.HEALTHY,
        HttpUrl = options.HttpAddress.ToString().TrimEnd('/'),
        GrpcUrl = options.GrpcAddress!.ToString().TrimEnd('/'),
    };

    private static IEnumerable<TargetGroup> TargetGroups(AdminOptions options, string? instance) =>
        from target in new[] { (Address: options.HttpAddress, Protocol: "HTTP"), (Address: options.GrpcAddress, Protocol: "gRPC") }
        where target.Address is not null
        select new TargetGroup([new TargetAddress(target.Address.Host, target.Address.Port, instance ?? "", ProxyNameOf(options))], "/", target.Protocol);

    private static string ProxyNameOf(AdminOptions options) => $"SERVE_PROXY_ACTOR-{options.Node}";
}
