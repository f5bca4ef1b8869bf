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
        return new DeploymentRoutes(deployment.Id.Name, spec.MaxOngoingRequests, spec.MaxQueuedRequests, replicas, WhyUnavailable(deployment), spec.Routing == RoutingRules.Standard ? null : spec.Routing);
    }

    private static bool IsReady(ReplicaState replica) => replica is { Phase: ReplicaPhase.Running, Report.Address: not null };

    private static string? WhyUnavailable(DeploymentState deployment) => deployment switch
    {
        { IsDeleting: true } => "it is being deleted.",
        _ when StatusRules.HasFailed(deployment) => "its replicas could not start.",
        _ => null,
    };
}
