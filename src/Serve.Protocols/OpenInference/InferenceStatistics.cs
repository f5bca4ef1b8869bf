namespace Serve.OpenInference;

/// <summary>What a version of a model has done since it was loaded.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version.</param>
public sealed record InferenceStatistics(string Name, string Version)
{
    /// <summary>When a request ended last, in milliseconds since 1970; 0 for never.</summary>
    public long LastInference { get; init; }

    /// <summary>The rows that were computed.</summary>
    public long InferenceCount { get; init; }

    /// <summary>The runs: each a batch, however many rows it has.</summary>
    public long ExecutionCount { get; init; }

    /// <summary>Requests that were answered, from their arrival to their end.</summary>
    public TimeSum Success { get; init; }

    /// <summary>Requests that failed.</summary>
    public TimeSum Fail { get; init; }

    /// <summary>The waits of requests for their turn.</summary>
    public TimeSum Queue { get; init; }

    /// <summary>What it took to put inputs together.</summary>
    public TimeSum ComputeInput { get; init; }

    /// <summary>What it took to compute.</summary>
    public TimeSum ComputeInfer { get; init; }

    /// <summary>What it took to take outputs apart.</summary>
    public TimeSum ComputeOutput { get; init; }

    /// <summary>The runs by the number of their rows.</summary>
    public IReadOnlyList<BatchFigures> Batches { get; init; } = [];

    /// <summary>The memory that it has.</summary>
    public IReadOnlyList<MemoryFigure> Memory { get; init; } = [];
}

/// <summary>How often something happened, and how long it took together.</summary>
/// <param name="Count">How often.</param>
/// <param name="Nanoseconds">The sum of the times.</param>
public readonly record struct TimeSum(long Count, long Nanoseconds);

/// <summary>The runs with so many rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="ComputeInput">What it took to put inputs together.</param>
/// <param name="ComputeInfer">What it took to compute.</param>
/// <param name="ComputeOutput">What it took to take outputs apart.</param>
public sealed record BatchFigures(long Rows, TimeSum ComputeInput, TimeSum ComputeInfer, TimeSum ComputeOutput);

/// <summary>Memory of a model.</summary>
/// <param name="Type"><c>CPU</c>, <c>CPU_PINNED</c> or <c>GPU</c>.</param>
/// <param name="Id">Which one of that type.</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryFigure(string Type, long Id, long Bytes);
