namespace Serve.Routing;

/// <summary>Where a process is that sends requests.</summary>
/// <param name="Node">The name of its node, or null where that does not matter.</param>
/// <param name="Zone">The zone of its node, or null where it has none.</param>
internal sealed record RouterLocation(string? Node, string? Zone)
{
    /// <summary>All replicas are equally far.</summary>
    public static readonly RouterLocation Nowhere = new(Node: null, Zone: null);

    /// <summary>How far a replica is: 0 on this node, 1 in this zone, 2 elsewhere.</summary>
    public int TierOf(ReplicaRoute route) => (Node is not null && route.Node == Node, Zone is not null && route.Zone == Zone) switch
    {
        (true, _) => 0,
        (_, true) => 1,
        _ => 2,
    };
}
