namespace Serve.Onnx.Config;

/// <summary>How requests of a model are put into batches.</summary>
public sealed record DynamicBatching
{
    /// <summary>Sizes that start at once where they can be formed; none: whatever waits starts when an instance is free.</summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];

    /// <summary>How long the oldest request may wait for others to join it.</summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Whether answers leave in the order in which the requests came.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>How many priorities there are, 1 being the highest; 0: none.</summary>
    public int PriorityLevels { get; init; }

    /// <summary>The priority of a request that names none.</summary>
    public int DefaultPriority { get; init; }

    /// <summary>The rules of the queue where a priority has none of its own.</summary>
    public QueuePolicy Queue { get; init; } = new();

    /// <summary>The rules of single priorities.</summary>
    public IReadOnlyDictionary<int, QueuePolicy> QueueOfPriority { get; init; } = new Dictionary<int, QueuePolicy>();
}

/// <summary>The rules of a model's queue.</summary>
public sealed record QueuePolicy
{
    /// <summary>Whether a request that has waited too long goes behind all others instead of being refused.</summary>
    public bool DelaysLate { get; init; }

    /// <summary>How long a request may wait; zero: as long as its own deadline lets it.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Whether a request may ask for a shorter timeout.</summary>
    public bool AllowsTimeoutOverride { get; init; }

    /// <summary>The most requests that wait; 0: as many as the deployment lets in.</summary>
    public int MaxSize { get; init; }
}
