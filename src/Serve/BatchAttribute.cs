namespace Serve;

/// <summary>
/// Marks a method that works on many items at once: <c>Task&lt;IReadOnlyList&lt;TResult&gt;&gt; Method(IReadOnlyList&lt;TItem&gt; items, CancellationToken)</c>,
/// with one result for each item, in order. Single items reach it through <see cref="Batcher.RunAsync"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BatchAttribute : Attribute
{
    /// <summary>The most items in a batch. Default 10.</summary>
    public int MaxBatchSize { get; set; } = 10;

    /// <summary>
    /// How long, in seconds, an incomplete batch waits for more items, counted from its first one. Default 0: a batch starts as soon as it may,
    /// with all items that came while the one before it ran.
    /// </summary>
    public double BatchWaitTimeoutSeconds { get; set; }

    /// <summary>How many batches run at the same time. Default 1.</summary>
    public int MaxConcurrentBatches { get; set; } = 1;
}
