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
            application.IsDeleting || application.Active is not { } active ? null : GrpcServices.Of(active.Description));
    }

    /// <summary>The ingress of the target; while that has no ready replica, the one that it replaces.</summary>
    private static string? IngressOf(ApplicationState application)
    {
        var ingresses = application.Deployments.Values.Where(deployment => deployment.Target.IsIngress).OrderBy(deployment => deployment.IsDeleting).ToList();
        return (ingresses.FirstOrDefault(deployment => deployment.Replicas.Values.Any(IsReady)) ?? ingresses.FirstOrDefault())?.Id.Name;
    }

    public static DeploymentRoutes Build(DeploymentState deployment)
    {
        var replicas = deployment.Replicas.Values.Where(IsReady).Select(replica => new ReplicaRoute(replica.Id.ToString(), replica.Report!.Address!)).ToList();
        var spec = deployment.Target.Spec;
        return new DeploymentRoutes(deployment.Id.Name, spec.MaxOngoingRequests, spec.MaxQueuedRequests, replicas, WhyUnavailable(deployment));
    }

    private static bool IsReady(ReplicaState replica) => replica is { Phase: ReplicaPhase.Running, Report.Address: not null };

    private static string? WhyUnavailable(DeploymentState deployment) => deployment switch
    {
        { IsDeleting: true } => "it is being deleted.",
        _ when StatusRules.HasFailed(deployment) => "its replicas could not start.",
        _ => null,
    };
}
