namespace Serve;

/// <summary>How a handle's calls are made. Set some with <c>handle.With(handle.Options with { ModelId = "fr" })</c>.</summary>
public sealed record CallOptions
{
    /// <summary>The most urgent <see cref="Priority"/>.</summary>
    public const int MostUrgent = 0;

    /// <summary>The least urgent <see cref="Priority"/>.</summary>
    public const int LeastUrgent = 7;

    private readonly TimeSpan? _timeout;
    private readonly int? _priority;
    private readonly TimeSpan? _hedgeAfter;

    /// <summary>How long a call may take, waiting included. Null leaves only the time of the request that it is part of. The shorter of the two counts.</summary>
    public TimeSpan? Timeout
    {
        get => _timeout;
        init => _timeout = value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The timeout of a call must be longer than nothing; leave it null for no limit of its own.");
    }

    /// <summary>The multiplexed model that the calls are for: a replica that holds it is preferred, and the called method learns it. Null for none.</summary>
    public string? ModelId { get; init; }

    /// <summary>Calls of one session go to the same replica as far as load allows. Null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>
    /// How urgent the calls are where they have to wait, from <see cref="MostUrgent"/> to <see cref="LeastUrgent"/>. Null is the priority of the
    /// request that they are part of, else 3.
    /// </summary>
    public int? Priority
    {
        get => _priority;
        init => _priority = value is null or (>= MostUrgent and <= LeastUrgent)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"The priority of a call is a number from {MostUrgent}, most urgent, to {LeastUrgent}.");
    }

    /// <summary>
    /// Whether a call may run twice with the effect of once, so that it is made again where its replica ended before it answered.
    /// Null is what the method's <see cref="IdempotentAttribute"/> says.
    /// </summary>
    public bool? IsIdempotent { get; init; }

    /// <summary>
    /// After this time without an answer a second replica is asked as well, and the first answer counts. Only for methods with one result that are
    /// idempotent; it costs the work of the second replica. Null is what the deployment's configuration says (<c>request_router_config</c>), by default never.
    /// </summary>
    public TimeSpan? HedgeAfter
    {
        get => _hedgeAfter;
        init => _hedgeAfter = value is null || value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A time to wait can't be negative.");
    }
}
