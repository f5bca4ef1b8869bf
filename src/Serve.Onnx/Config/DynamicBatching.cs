namespace Serve.Onnx.Config;

/// <summary>How requests of a model are put into batches.</summary>
public sealed record DynamicBatching
{
    /// <summary>Sizes that start at once where they can be formed; none: whatever waits starts when an instance is free.</summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];

    /// <summary>
    /// How long the oldest request may wait for others to join it. A batch that nobody else joins starts at the next whole millisecond: .NET's timers know no less. Zero: not at all, beyond
    /// the wait for a free instance.
    /// </summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Whether answers leave in the order in which the requests came.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>How many levels of priority there are, 1 the most urgent; 0: none.</summary>
    public int PriorityLevels { get; init; }

    /// <summary>The level of a request that names none.</summary>
    public int DefaultPriorityLevel { get; init; }

    /// <summary>The rules of the queue where its level has none of its own.</summary>
    public QueuePolicy Queue { get; init; } = new();

    /// <summary>The rules of single levels.</summary>
    public IReadOnlyDictionary<int, QueuePolicy> LevelQueues { get; init; } = new Dictionary<int, QueuePolicy>();
}

/// <summary>The rules of a model's queue, or of one level of priority.</summary>
public sealed record QueuePolicy
{
    /// <summary>How long a request may wait; zero: as long as its own deadline lets it.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Whether a request that has waited for longer goes behind all others; otherwise it is refused.</summary>
    public bool DelaysLateOnes { get; init; }

    /// <summary>Whether a request may ask for a shorter timeout.</summary>
    public bool AllowsTimeoutOverride { get; init; }

    /// <summary>The most requests that wait; 0: as many as the deployment lets in.</summary>
    public int MaxSize { get; init; }

    /// <summary>How long a request may wait that asks for a timeout itself, or for none (zero).</summary>
    internal TimeSpan TimeoutFor(TimeSpan asked) => AllowsTimeoutOverride && asked > TimeSpan.Zero && (Timeout == TimeSpan.Zero || asked < Timeout) ? asked : Timeout;
}
