using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>Turns what the autoscaler sees into what a policy is told.</summary>
internal static class PolicyContexts
{
    public static AutoscalingContext Of(DeploymentState deployment, PolicyContext context, TargetHistory history, MetricBook metrics)
    {
        var input = context.Input;
        var running = deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Running && replica.Version == deployment.Target.Version).Select(static replica => replica.Id).ToList();
        return new AutoscalingContext
        {
            Application = deployment.Id.Application,
            Deployment = deployment.Id.Name,
            Now = context.Now,
            TargetReplicas = input.Target,
            RunningReplicas = [.. running.Select(static id => id.ToString())],
            MinReplicas = input.Min,
            MaxReplicas = input.Max,
            NeededForLoad = ReplicaDemand.Of(input with { Wanted = null }, TimeSpan.Zero).More,
            RunningRequests = (int)input.Load.Running,
            QueuedRequests = (int)input.Load.Queued,
            MeanRequests = input.Load.Mean,
            ArrivalsPerSecond = input.Load.Arrivals,
            LatencyP95 = input.Load.LatencyP95 is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Metrics = metrics.Over(deployment.Id, running, input.Spec.LookBackPeriod),
            LastScaleUpAt = history.LastUp,
            LastScaleDownAt = history.LastDown,
            History = history.Steps,
            Settings = SettingsOf(input.Spec),
        };
    }

    private static AutoscalingSettings SettingsOf(AutoscalingSpec spec) =>
        new(spec.TargetOngoingRequests, spec.LookBackPeriod, spec.UpscaleDelay, spec.DownscaleDelay, spec.UpscalingFactor, spec.DownscalingFactor);
}
