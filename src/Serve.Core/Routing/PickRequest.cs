namespace Serve.Routing;

/// <summary>What a router may know of a request when it chooses a replica. The default is a request without wishes.</summary>
internal readonly record struct PickRequest
{
    /// <summary>The priority of a request that names none (RFC 9218, section 4.1).</summary>
    public const int DefaultPriority = 3;

    /// <summary>The least urgent priority.</summary>
    public const int LowestPriority = 7;

    // Kept as the difference to the default, so that default(PickRequest) is an ordinary request.
    private readonly sbyte _priority;

    /// <summary>The multiplexed model that the request is for: a replica that holds it is preferred. Null for none.</summary>
    public string? ModelId { get; init; }

    /// <summary>Requests of one session go to the same replica as far as load allows. Null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>Whether the session decides; a model goes before it.</summary>
    public bool IsOfSession => SessionId is not null && ModelId is null;

    /// <summary>The urgency, 0 (first) to 7; values outside are taken to the nearest.</summary>
    public int Priority
    {
        get => _priority + DefaultPriority;
        init => _priority = (sbyte)(Math.Clamp(value, 0, LowestPriority) - DefaultPriority);
    }

    /// <summary>The timestamp of the router's clock by which the request must be answered, or null where it has no limit.</summary>
    public long? Deadline { get; init; }

    /// <summary>The method that a handle calls and its arguments, for a router of the program's own; null for HTTP requests.</summary>
    public RoutedCall? Call { get; init; }

    /// <summary>A replica that this request came back from, or null. It is taken only where no other has room.</summary>
    public ReplicaEntry? Avoid { get; init; }

    /// <summary>When the request first came, by the router's clock; 0 where it comes now. It decides the place in the queue.</summary>
    public long Arrived { get; init; }

    /// <summary>The same request after a replica did not take it: it keeps its place in the queue, and the replica is avoided.</summary>
    public PickRequest After(in ReplicaLease lease) => this with { Avoid = lease.Replica, Arrived = lease.Arrived };
}
