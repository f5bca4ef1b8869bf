namespace Serve.Batching;

/// <summary>
/// The items that wait, by what may share a batch, and the decision what goes next: of those buckets that may start the one whose first item
/// came first. Keeps the order within a bucket: an item that does not fit any more ends the batch rather than be overtaken.
/// </summary>
internal sealed class BatchLine<TItem>
{
    private readonly Dictionary<BatchKey, BatchBucket<TItem>> _buckets = [];

    public int Count { get; private set; }

    public void Add(BatchItem<TItem> item, BatchKey key)
    {
        // First of all, since it asks the user's own key: where that throws, nothing has changed.
        if (!_buckets.TryGetValue(key, out var bucket))
            _buckets.Add(key, bucket = new BatchBucket<TItem>(key));
        item.Bucket = bucket;
        item.Node = bucket.Items.AddLast(item);
        bucket.Cost += item.Cost;
        Count++;
    }

    /// <summary>Takes an item out that will not run.</summary>
    public void Remove(BatchItem<TItem> item)
    {
        if (item is not { Bucket: { } bucket, Node: { } node })
            return;
        item.Bucket = null;
        item.Node = null;
        bucket.Items.Remove(node);
        bucket.Cost -= item.Cost;
        Count--;
        if (bucket.Items.Count == 0)
            _buckets.Remove(bucket.Key);
    }

    /// <summary>
    /// Finds what may start now. Looks at each bucket, once for a batch: there are no more of them than waiting items, and nearly always there is one.
    /// </summary>
    /// <param name="now">The clock.</param>
    /// <param name="options">The settings in force.</param>
    /// <param name="wait">How long a batch waits, on the clock's own scale.</param>
    /// <param name="due">When the next of those that must wait may start, or null.</param>
    public (BatchBucket<TItem>? Bucket, BatchReason Reason) Next(long now, BatchOptions options, long wait, out long? due)
    {
        BatchBucket<TItem>? best = null;
        var bestReason = BatchReason.None;
        due = null;
        foreach (var bucket in _buckets.Values)
        {
            var reason = ReasonOf(bucket, now, options, wait);
            if (reason == BatchReason.None)
            {
                due = Math.Min(due ?? long.MaxValue, bucket.First.Since + wait);
            }
            else if (best is null || bucket.First.Number < best.First.Number)
            {
                best = bucket;
                bestReason = reason;
            }
        }

        return (best, bestReason);
    }

    /// <summary>Takes as many items as go into one batch; an item that costs too much goes alone. Those that nobody waits for are dropped.</summary>
    public List<BatchItem<TItem>> Take(BatchBucket<TItem> bucket, BatchOptions options)
    {
        var (most, highest) = LimitsOf(bucket, options);
        var batch = new List<BatchItem<TItem>>(Math.Min(bucket.Items.Count, most));
        var cost = 0L;
        while (batch.Count < most && bucket.Items.First is { Value: var item })
        {
            if (batch.Count > 0 && highest > 0 && item.Cost > highest - cost)
                break;
            Remove(item);
            if (item.IsUnwanted)
                continue;
            cost += item.Cost;
            batch.Add(item);
        }

        return batch;
    }

    private static BatchReason ReasonOf(BatchBucket<TItem> bucket, long now, BatchOptions options, long wait)
    {
        if (bucket.Items.Count >= options.MaxBatchSize)
            return BatchReason.Size;
        if (options.MaxBatchCost > 0 && bucket.Cost >= options.MaxBatchCost)
            return BatchReason.Cost;
        if (wait == 0)
            return BatchReason.Greedy;
        if (PreferredOf(bucket, options) > 0)
            return BatchReason.Preferred;
        return now - bucket.First.Since >= wait ? BatchReason.Timeout : BatchReason.None;
    }

    /// <summary>How many items may go into a batch, and what they may cost together (0: anything): as the settings say, or what a preferred size asks for.</summary>
    private static (int Items, long Cost) LimitsOf(BatchBucket<TItem> bucket, BatchOptions options)
    {
        var preferred = PreferredOf(bucket, options);
        if (preferred == 0)
            return (options.MaxBatchSize, options.MaxBatchCost);
        return options.MaxBatchCost > 0 ? (options.MaxBatchSize, preferred) : ((int)preferred, 0);
    }

    /// <summary>The largest preferred size that the bucket can fill, or 0.</summary>
    private static long PreferredOf(BatchBucket<TItem> bucket, BatchOptions options)
    {
        var amount = options.MaxBatchCost > 0 ? bucket.Cost : bucket.Items.Count;
        var best = 0;
        foreach (var size in options.PreferredSizes)
        {
            if (size <= amount && size > best)
                best = size;
        }

        return best;
    }
}
