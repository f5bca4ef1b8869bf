namespace Serve;

/// <summary>
/// Marks a method that works on many items at once. Single items reach it through <see cref="Batcher"/>. It has one of these shapes:
/// <list type="bullet">
/// <item><c>Task&lt;IReadOnlyList&lt;TResult&gt;&gt; Method(IReadOnlyList&lt;TItem&gt; items, CancellationToken)</c>: one result for each item, in order;
/// a <see cref="BatchResult{T}"/> where single items may fail.</item>
/// <item><c>IAsyncEnumerable&lt;IReadOnlyList&lt;TResult&gt;&gt; Method(IReadOnlyList&lt;TItem&gt; items, CancellationToken)</c>: step by step one result for each item, in order;
/// a <see cref="BatchStep{T}"/> where some end earlier than others, or have nothing in a step.</item>
/// </list>
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

    /// <summary>
    /// The name of a method of the class that says what an item costs, for instance its number of tokens: <c>int</c> or <c>long</c>, of one item.
    /// Where it throws, that item fails and no other. Goes with <see cref="MaxBatchCost"/>. Default none.
    /// </summary>
    public string? CostOf { get; set; }

    /// <summary>What the items of a batch may cost together. One that costs more by itself gets a batch of its own. Goes with <see cref="CostOf"/>.</summary>
    public long MaxBatchCost { get; set; }

    /// <summary>
    /// The name of a method of the class that says which items may share a batch, for instance a length rounded up: those for which it
    /// returns equal values. Default none. In a class with a <see cref="MultiplexedAttribute"/> method the model id separates them as well.
    /// </summary>
    public string? KeyOf { get; set; }

    /// <summary>
    /// The name of a method of the class that says how urgent an item is: a <see cref="BatchPriority"/>, or an <c>int</c> for its level, of one item. Urgent ones get more places in batches;
    /// items of different urgency share a batch. Where it throws, that item fails and no other. Default none: first come, first served.
    /// </summary>
    public string? PriorityOf { get; set; }

    /// <summary>
    /// Whether the items of a batch that threw are tried again, each alone, so that only the bad one fails. Default false: only for
    /// methods that may see an item twice.
    /// </summary>
    public bool RetryItemsAlone { get; set; }
}
