using Serve.Routing.Custom;

namespace Serve.Routing;

/// <summary>The replicas of a deployment at one moment, with the limits that apply. Immutable.</summary>
internal sealed record ReplicaSet(ReplicaEntry[] Replicas, int MaxOngoingRequests, int MaxQueuedRequests, string? UnavailableReason)
{
    /// <summary>When it makes sense to come again where none is available, or null where nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How replicas are chosen.</summary>
    public RoutingRules Rules { get; init; } = RoutingRules.Standard;

    /// <summary>The program's own router, or null.</summary>
    public CustomChoice? Custom { get; init; }

    /// <summary>Before anything is known: requests wait.</summary>
    public static readonly ReplicaSet Empty = new([], 1, -1, UnavailableReason: null);
}
