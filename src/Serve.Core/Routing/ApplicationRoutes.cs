using Serve.Specs.Routing;

namespace Serve.Routing;

/// <summary>What a router must know of one application. The controller publishes a new one whenever it changes; the last one stays in force.</summary>
/// <param name="Application">The application's name.</param>
/// <param name="RoutePrefix">The path under which the ingress is reached, or null where it is not on HTTP.</param>
/// <param name="Ingress">The deployment that takes requests from outside, or null while it is not known.</param>
/// <param name="Deployments">All deployments, ready or not.</param>
/// <param name="UnavailableReason">Why the application can't serve at all, or null.</param>
/// <param name="RequestTimeout">How long its requests may take, zero for no limit, or null where it leaves that to the proxy.</param>
/// <param name="GrpcServices">The full names of the gRPC services that its ingress has, or null for none.</param>
/// <param name="RateLimit">How many requests each client may send, or null for any number.</param>
internal sealed record ApplicationRoutes(
    string Application,
    string? RoutePrefix,
    string? Ingress,
    IReadOnlyList<DeploymentRoutes> Deployments,
    string? UnavailableReason = null,
    TimeSpan? RequestTimeout = null,
    IReadOnlyList<string>? GrpcServices = null,
    RateLimitSpec? RateLimit = null);

/// <param name="Name">The deployment's name.</param>
/// <param name="MaxOngoingRequests">How many requests each replica takes at the same time.</param>
/// <param name="MaxQueuedRequests">How many requests may wait in one router; −1 is no bound.</param>
/// <param name="Replicas">The replicas that take requests now.</param>
/// <param name="UnavailableReason">Why there is no replica and none is expected, or null where waiting makes sense.</param>
/// <param name="Rules">How requests find a replica, or null for the standard.</param>
/// <param name="RetryAfter">When requests that are refused for <paramref name="UnavailableReason"/> may come again, or null where nobody knows.</param>
internal sealed record DeploymentRoutes(
    string Name,
    int MaxOngoingRequests,
    int MaxQueuedRequests,
    IReadOnlyList<ReplicaRoute> Replicas,
    string? UnavailableReason = null,
    RoutingRules? Rules = null,
    TimeSpan? RetryAfter = null);

/// <param name="Id">The replica's id as text.</param>
/// <param name="Address">The path of its unix socket.</param>
/// <param name="Node">The name of its node, or null where there is only one process.</param>
/// <param name="Zone">The zone of its node, or null where it has none.</param>
internal sealed record ReplicaRoute(string Id, string Address, string? Node = null, string? Zone = null);
