namespace Serve.Onnx;

/// <summary>What a version of a model has done since it was loaded, in the terms of the protocol's statistics.</summary>
public sealed record ModelStatistics
{
    /// <summary>When a call ended last, or null.</summary>
    public DateTimeOffset? LastInference { get; init; }

    /// <summary>The rows that were computed.</summary>
    public long Inferences { get; init; }

    /// <summary>The runs of the engine: each a batch, however many rows it has.</summary>
    public long Executions { get; init; }

    /// <summary>Calls that got an answer, from their arrival to their end.</summary>
    public StatisticDuration Success { get; init; }

    /// <summary>Calls that failed, timed out or were cancelled.</summary>
    public StatisticDuration Fail { get; init; }

    /// <summary>The waits of calls, or parts of large ones, for their turn.</summary>
    public StatisticDuration Queue { get; init; }

    /// <summary>What it took to put inputs together, for each call of a batch.</summary>
    public StatisticDuration ComputeInput { get; init; }

    /// <summary>The runs of the engine, for each call of a batch.</summary>
    public StatisticDuration ComputeInfer { get; init; }

    /// <summary>What it took to take outputs apart, for each call of a batch.</summary>
    public StatisticDuration ComputeOutput { get; init; }

    /// <summary>
    /// The batches by the reasons why they started: <c>greedy</c> (an instance was free), <c>full</c> (as many rows as a batch may have), <c>preferred</c> (a preferred size was filled), <c>delay</c> (the oldest
    /// call had waited for as long as it may). Each is one run, more where it failed and its calls were tried alone.
    /// </summary>
    public IReadOnlyDictionary<string, long> Starts { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>The same for the runs themselves, by the number of their rows: exact for the first 1024 numbers, the next power of two for others.</summary>
    public IReadOnlyList<BatchStatistics> Batches { get; init; } = [];
}

/// <summary>How often something happened, and how long it took together.</summary>
/// <param name="Count">How often.</param>
/// <param name="Total">The sum of the times.</param>
public readonly record struct StatisticDuration(long Count, TimeSpan Total)
{
    internal StatisticDuration Plus(TimeSpan time, long count = 1) => new(Count + count, Total + (time * count));
}

/// <summary>The runs with so many rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="ComputeInput">What it took to put inputs together.</param>
/// <param name="ComputeInfer">The runs.</param>
/// <param name="ComputeOutput">What it took to take outputs apart.</param>
public sealed record BatchStatistics(long Rows, StatisticDuration ComputeInput, StatisticDuration ComputeInfer, StatisticDuration ComputeOutput);
