using System.Reflection;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Store.Records;

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
        var proxy = ProxyFor(state, options);
        var proxies = state.Nodes.Values.Where(node => node.Info.Proxy is not null).Select(node => node.Info).ToList();
        return new InstanceDetails
        {
            ControllerInfo = new ControllerDetails
            {
                NodeId = options.Node,
                NodeIp = options.Host,
                NodeInstanceId = state.Nodes.GetValueOrDefault(options.Node)?.Info.Incarnation,
                ActorId = $"controller-{state.Epoch}",
                ActorName = "SERVE_CONTROLLER_ACTOR",
                WorkerId = $"{options.ProcessId}",
                Pid = options.ProcessId,
                Epoch = state.Epoch,
                Version = Version,
            },
            TargetCapacity = state.Settings.Capacity.Percent,
            ProxyLocation = proxy is null ? "Disabled" : "EveryNode",
            HttpOptions = proxy?.HttpOptions,
            GrpcOptions = proxy?.GrpcOptions,
            Proxies = proxies.ToDictionary(node => node.Node, ProxyOf, StringComparer.Ordinal),
            Applications = state.Applications.Values
                .Select(application => ApplicationDetailsBuilder.Build(application, state))
                .Where(isShown)
                .ToDictionary(application => application.Name, StringComparer.Ordinal),
            TargetGroups = proxies.Count == 0
                ? []
                :
                [
                    new TargetGroup([.. proxies.Select(node => TargetOf(node, node.Proxy!.Http))], "/", "HTTP"),
                    new TargetGroup([.. proxies.Select(node => TargetOf(node, node.Proxy!.Grpc))], "/", "gRPC"),
                ],
        };
    }

    /// <summary>The proxy whose options are shown: this machine's, or else the first that there is.</summary>
    public static ProxyInfo? ProxyFor(ControllerState state, AdminOptions options) =>
        state.Nodes.GetValueOrDefault(options.Node)?.Info.Proxy ?? state.Nodes.Values.Select(node => node.Info.Proxy).FirstOrDefault(proxy => proxy is not null);

    private static ProxyDetails ProxyOf(NodeInfo node) => new()
    {
        NodeId = node.Node,
        NodeIp = node.Proxy!.Http.Host,
        NodeInstanceId = node.Incarnation,
        ActorId = $"proxy-{node.Node}",
        ActorName = ProxyNameOf(node),
        Status = ProxyStatus.HEALTHY,
        HttpUrl = node.Proxy.Http.ToString().TrimEnd('/'),
        GrpcUrl = node.Proxy.Grpc.ToString().TrimEnd('/'),
    };

    private static TargetAddress TargetOf(NodeInfo node, Uri address) => new(address.Host, address.Port, node.Incarnation, ProxyNameOf(node));

    private static string ProxyNameOf(NodeInfo node) => $"SERVE_PROXY_ACTOR-{node.Node}";
}
