using Serve.Routing;

namespace Serve.Server.Controller;

/// <summary>Says what routers must know of an application: which replicas are ready, and why there are none. Pure.</summary>
internal static class RouteTableBuilder
{
    /// <summary>What there is beside the deployments' routes.</summary>
    public static ApplicationRoutes Build(ApplicationState application)
    {
        var spec = application.Active?.Spec ?? application.Spec;
        return new ApplicationRoutes(
            application.Name,
            application.IsDeleting ? null : spec.RoutePrefix,
            IngressOf(application),
            Deployments: [],
            application.Active is null ? application.Failure : null,
            spec.RequestTimeout,
            application.IsDeleting || application.Active is not { } active ? null : GrpcServices.Of(active.Description),
            spec.RateLimit);
    }

    /// <summary>The ingress of the target; while that has no ready replica, the one that it replaces.</summary>
    private static string? IngressOf(ApplicationState application)
    {
        var ingresses = application.Deployments.Values.Where(deployment => deployment.Target.IsIngress).OrderBy(deployment => deployment.IsDeleting).ToList();
        return (ingresses.FirstOrDefault(deployment => deployment.Replicas.Values.Any(IsReady)) ?? ingresses.FirstOrDefault())?.Id.Name;
    }

    /// <param name="deployment">The deployment.</param>
    /// <param name="zoneOf">The zone of a node by its name, or null where it has none.</param>
    public static DeploymentRoutes Build(DeploymentState deployment, Func<string, string?> zoneOf)
    {
        var replicas = deployment.Replicas.Values.Where(IsReady).Select(replica => new ReplicaRoute(replica.Id.ToString(), replica.Report!.Address!, replica.Node, zoneOf(replica.Node))).ToList();
        var spec = deployment.Target.Spec;
        return new DeploymentRoutes(deployment.Id.Name, spec.MaxOngoingRequests, spec.MaxQueuedRequests, replicas, WhyUnavailable(deployment), spec.Routing == RoutingRules.Standard ? null : spec.Routing, RetryAfter(deployment));
    }

    private static bool IsReady(ReplicaState replica) => replica is { IsServing: true, Report.Address: not null };

    /// <summary>
    /// Why there is no replica and it makes no sense to wait for one. Requests wait for a start that is under way, and for the one that they themselves bring about
    /// where none is wanted; between a failed start and the next one they are told the cause.
    /// </summary>
    public static string? WhyUnavailable(DeploymentState deployment) => deployment switch
    {
        { IsDeleting: true } => "it is being deleted.",
        { FailedStart: { } failed } when IsBetweenStarts(deployment) || MustNotWait(deployment) => $"its replicas could not start: {failed.Cause}",
        _ when MustNotWait(deployment) => "its replicas could not start.",
        _ => null,
    };

    /// <summary>When those that are told so may ask again: then the next start is under way, or their request brings one about.</summary>
    private static TimeSpan? RetryAfter(DeploymentState deployment) => deployment is { FailedStart: { } failed, NextStartAt: { } next } ? next - failed.At : null;

    /// <summary>A version that never ran and has failed too often is not waited for while it is tried again, more and more slowly.</summary>
    private static bool MustNotWait(DeploymentState deployment) => deployment.Target.Spec.NumReplicas > 0 && StatusRules.HasFailed(deployment);

    private static bool IsBetweenStarts(DeploymentState deployment) =>
        deployment.NextStartAt is not null && deployment.Replicas.Values.All(replica => replica.Phase == ReplicaPhase.Stopping);
}
