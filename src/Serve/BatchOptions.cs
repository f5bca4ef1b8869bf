namespace Serve;

/// <summary>The settings of a batched method that may change while it runs: see <see cref="Batcher.Configure"/>. They begin as its <see cref="BatchAttribute"/> says.</summary>
public sealed record BatchOptions
{
    /// <summary>The most items in a batch; at least 1.</summary>
    public int MaxBatchSize { get; init; } = 10;

    /// <summary>How long an incomplete batch waits for more items, counted from its first one; up to a day. Zero: not at all.</summary>
    public TimeSpan BatchWaitTimeout { get; init; }

    /// <summary>How many batches run at the same time; at least 1.</summary>
    public int MaxConcurrentBatches { get; init; } = 1;

    /// <summary>What the items of a batch may cost together, where the attribute has <see cref="BatchAttribute.CostOf"/>.</summary>
    public long MaxBatchCost { get; init; }

    /// <summary>
    /// Sizes at which a batch starts at once although it could still wait: the largest that the waiting items can fill. What a model computes fastest, mostly.
    /// They count items, or what items cost where the attribute has <see cref="BatchAttribute.CostOf"/>. Default none.
    /// </summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];
}
