namespace Serve.Onnx.Config;

/// <summary>How requests of a model are put into batches.</summary>
public sealed record DynamicBatching
{
    /// <summary>Sizes that start at once where they can be formed; none: whatever waits starts when an instance is free.</summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];

    /// <summary>How long the oldest request may wait for others to join it; in whole milliseconds, rounded up. Zero: not at all, beyond the wait for a free instance.</summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Whether answers leave in the order in which the requests came.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>The rules of the queue.</summary>
    public QueuePolicy Queue { get; init; } = new();
}

/// <summary>The rules of a model's queue.</summary>
public sealed record QueuePolicy
{
    /// <summary>How long a request may wait; zero: as long as its own deadline lets it. Then it is refused.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Whether a request may ask for a shorter timeout.</summary>
    public bool AllowsTimeoutOverride { get; init; }

    /// <summary>The most requests that wait; 0: as many as the deployment lets in.</summary>
    public int MaxSize { get; init; }
}
