using System.Reflection;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;

namespace Serve.Server.Admin;

/// <summary>Turns the controller's state into what clients are shown. Pure.</summary>
internal static class DetailsBuilder
{
    private static readonly string Version = typeof(DetailsBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static InstanceDetails Build(ControllerState state, AdminOptions options) => new()
    {
        ControllerInfo = new ControllerDetails(Environment.ProcessId, options.Node, state.Epoch, Version),
        ProxyLocation = options.HttpAddress is null ? "Disabled" : "EveryNode",
        HttpOptions = options.HttpOptions,
        GrpcOptions = options.GrpcOptions,
        Proxies = options.HttpAddress is null
            ? new Dictionary<string, ProxyDetails>()
            : new Dictionary<string, ProxyDetails>
            {
                [options.Node] = new(options.Node, "HEALTHY", options.HttpAddress.ToString().TrimEnd('/'), options.GrpcAddress!.ToString().TrimEnd('/')),
            },
        Applications = state.Applications.Values.ToDictionary(application => application.Name, Build, StringComparer.Ordinal),
    };

    public static ApplicationDetails Build(ApplicationState application)
    {
        var prefix = application.IsDeleting ? null : (application.Active?.Spec ?? application.Spec).RoutePrefix;
        var ingress = application.Active?.Description.Deployments.FirstOrDefault(deployment => deployment.IsIngress);
        return new ApplicationDetails
        {
            Name = application.Name,
            RoutePrefix = prefix,
            DocsPath = prefix is null || ingress is null ? null : $"{prefix.TrimEnd('/')}/openapi/v1.json",
            Status = StatusRules.Of(application),
            Message = StatusRules.MessageOf(application),
            LastDeployedTimeS = application.DeployedAt.ToUnixTimeMilliseconds() / 1000.0,
            DeployedAppConfig = ConfigWriter.Write(application.Spec),
            Revision = application.Revision,
            Deployments = application.Deployments.Values.ToDictionary(deployment => deployment.Id.Name, Build, StringComparer.Ordinal),
            Routes = ingress?.Routes ?? [],
        };
    }

    private static DeploymentDetails Build(DeploymentState deployment)
    {
        var (status, trigger, message) = StatusRules.Of(deployment);
        return new DeploymentDetails
        {
            Name = deployment.Id.Name,
            Status = status,
            StatusTrigger = trigger,
            Message = message,
            TargetNumReplicas = deployment.IsDeleting ? 0 : deployment.Target.Spec.NumReplicas,
            RequiredResources = RequiredResources(deployment.Target.Spec.Resources.Bundle),
            Replicas = [.. deployment.Replicas.Values.Select(Build)],
        };
    }

    private static Dictionary<string, double> RequiredResources(ResourceBundle bundle)
    {
        var result = new Dictionary<string, double> { [ResourceBundle.CpuName] = bundle.Cpus.Value, [ResourceBundle.GpuName] = bundle.Gpus.Value };
        if (bundle.Memory > ResourceAmount.Zero)
            result[ResourceBundle.MemoryName] = bundle.Memory.Value;
        foreach (var (name, amount) in bundle.Custom)
            result[name] = amount.Value;
        return result;
    }

    private static ReplicaDetails Build(Controller.ReplicaState replica) => new()
    {
        ReplicaId = replica.Id.ToString(),
        State = replica.Phase switch
        {
            ReplicaPhase.Starting => Serve.Admin.ReplicaState.STARTING,
            ReplicaPhase.Stopping => Serve.Admin.ReplicaState.STOPPING,
            _ => replica.IsUpToDate ? Serve.Admin.ReplicaState.RUNNING : Serve.Admin.ReplicaState.UPDATING,
        },
        NodeId = replica.Node,
        Pid = replica.Report?.ProcessId,
        StartTimeS = replica.Report?.StartedAt?.ToUnixTimeMilliseconds() / 1000.0,
        Message = replica.Report?.Failure ?? (replica.Phase == ReplicaPhase.Starting ? (replica.Report?.StartPhase ?? default).ToString() : ""),
    };
}
