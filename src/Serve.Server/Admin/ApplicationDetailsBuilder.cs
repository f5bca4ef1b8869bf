using System.Text.Json;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;
using ReplicaState = Serve.Admin.ReplicaState;

namespace Serve.Server.Admin;

/// <summary>Turns what the controller knows of an application into what clients are shown. Pure.</summary>
internal static class ApplicationDetailsBuilder
{
    public static ApplicationDetails Build(ApplicationState application, ControllerState state)
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
            LastDeployedTimeS = ToSeconds(application.DeployedAt),
            DeployedAppConfig = ConfigWriter.Write(application.Spec),
            Revision = application.Revision,
            Deployments = application.Deployments.Values.ToDictionary(deployment => deployment.Id.Name, deployment => Build(application, deployment, state), StringComparer.Ordinal),
            ExternalScalerEnabled = (application.Active?.Spec ?? application.Spec).IsExternallyScaled,
            DeploymentTopology = TopologyOf(application),
            Routes = ingress?.Routes ?? [],
        };
    }

    /// <summary>The state of a replica in the words of the interface.</summary>
    public static ReplicaState StateOf(Controller.ReplicaState replica, ControllerState state) => replica.Phase switch
    {
        ReplicaPhase.Starting when replica.Report is null && replica.Id.Epoch < state.Epoch => ReplicaState.RECOVERING,
        ReplicaPhase.Starting => ReplicaState.STARTING,
        ReplicaPhase.Stopping => ReplicaState.STOPPING,
        _ when !replica.IsUpToDate => ReplicaState.UPDATING,
        _ when state.Nodes.GetValueOrDefault(replica.Node)?.IsEmptying == true => ReplicaState.PENDING_MIGRATION,
        _ => ReplicaState.RUNNING,
    };

    private static DeploymentDetails Build(ApplicationState application, DeploymentState deployment, ControllerState state)
    {
        var (status, trigger, message) = StatusRules.Of(deployment);
        return new DeploymentDetails
        {
            Name = deployment.Id.Name,
            Status = status,
            StatusTrigger = trigger,
            Message = message,
            DeploymentConfig = EffectiveOptions.Of(application, deployment),
            TargetNumReplicas = deployment.IsDeleting ? 0 : deployment.Target.Spec.NumReplicas,
            TargetStandbyReplicas = deployment.IsDeleting ? 0 : deployment.Target.Spec.Standbys,
            RequiredResources = RequiredResources(deployment.Target.Spec.Resources.Bundle),
            Replicas = [.. deployment.Replicas.Values.Select(replica => Build(replica, state))],
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

    private static ReplicaDetails Build(Controller.ReplicaState replica, ControllerState state) => new()
    {
        ReplicaId = replica.Id.ToString(),
        State = StateOf(replica, state),
        NodeId = replica.Node,
        NodeIp = state.Nodes.GetValueOrDefault(replica.Node)?.Info.Address is { Length: > 0 } address ? address : null,
        NodeInstanceId = replica.Desired.Incarnation,
        ActorId = $"replica-{replica.Id.Suffix}",
        ActorName = $"SERVE_REPLICA::{replica.Id}",
        WorkerId = replica.Report?.ProcessId?.ToString(),
        Pid = replica.Report?.ProcessId,
        StartTimeS = replica.Report?.StartedAt is { } at ? ToSeconds(at) : null,
        IsStandby = replica.IsStandby,
        StartTimes = [.. (replica.Report?.StartTimes ?? []).Select(time => new StartPhaseTime(JsonNamingPolicy.SnakeCaseLower.ConvertName(time.Phase.ToString()), Math.Round(time.Seconds, 4)))],
        Message = replica.Report?.Failure ?? (replica.Phase == ReplicaPhase.Starting ? (replica.Report?.StartPhase ?? default).ToString() : ""),
    };

    /// <summary>Who calls whom, from the handles that the constructors ask for.</summary>
    private static DeploymentTopology? TopologyOf(ApplicationState application)
    {
        if (application.Active?.Description.Deployments is not { } deployments)
            return null;
        var nodes = deployments.ToDictionary(
            deployment => deployment.Name,
            deployment => new TopologyNode(
                deployment.Name,
                application.Name,
                [.. deployment.Handles.Distinct(StringComparer.Ordinal).Select(handle => new OutboundDeployment(handle, application.Name))],
                deployment.IsIngress),
            StringComparer.Ordinal);
        return new DeploymentTopology(application.Name, nodes, deployments.FirstOrDefault(deployment => deployment.IsIngress)?.Name);
    }

    private static double ToSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
