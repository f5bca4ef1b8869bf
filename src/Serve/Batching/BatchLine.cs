using Serve.Routing.Queueing;

namespace Serve.Batching;

/// <summary>
/// The items that wait, by what may share a batch, and the decision what goes next: of those buckets that may start the one with the item whose turn it is. Of equal priority that
/// is the one that came first; among priorities turns are shared by weight (<see cref="LevelTurns"/>), as the router shares its slots. Keeps that order within a batch: an item that does not
/// fit any more ends it rather than be overtaken.
/// </summary>
internal sealed class BatchLine<TItem>
{
    private readonly Dictionary<BatchKey, BatchBucket<TItem>> _buckets = [];
    private readonly LevelTurns _turns = new(BatchUrgency.Levels);

    /// <summary>For one decision: the first items of each level.</summary>
    private readonly BatchItem<TItem>?[] _heads = new BatchItem<TItem>?[BatchUrgency.Levels];

    public int Count { get; private set; }

    public void Add(BatchItem<TItem> item, BatchKey key)
    {
        // First of all, since it asks the user's own key: where that throws, nothing has changed.
        if (!_buckets.TryGetValue(key, out var bucket))
            _buckets.Add(key, bucket = new BatchBucket<TItem>(key));
        bucket.Add(item);
        Count++;
    }

    /// <summary>Takes an item out that will not run.</summary>
    public void Remove(BatchItem<TItem> item)
    {
        if (item.Bucket is not { } bucket)
            return;
        bucket.Remove(item);
        Count--;
        if (bucket.Count == 0)
            _buckets.Remove(bucket.Key);
    }

    /// <summary>
    /// Finds what may start now. Looks at each bucket, once for a batch: there are no more of them than waiting items, and nearly always there is one.
    /// </summary>
    /// <param name="now">The clock.</param>
    /// <param name="urgency">How urgent items are now.</param>
    /// <param name="options">The settings in force.</param>
    /// <param name="wait">How long a batch waits, on the clock's own scale.</param>
    /// <param name="due">When the next of those that must wait may start, or null.</param>
    public (BatchBucket<TItem>? Bucket, BatchReason Reason) Next(long now, in BatchUrgency urgency, BatchOptions options, long wait, out long? due)
    {
        var levels = 0u;
        due = null;
        Array.Clear(_heads);
        foreach (var bucket in _buckets.Values)
        {
            if (ReasonOf(bucket, now, options, wait) == BatchReason.None)
                due = Math.Min(due ?? long.MaxValue, bucket.Since + wait);
            else
                levels |= bucket.Heads(urgency, _heads);
        }

        return levels != 0 && _heads[_turns.Next(levels)]?.Bucket is { } best ? (best, ReasonOf(best, now, options, wait)) : (null, BatchReason.None);
    }

    /// <summary>Takes as many items as go into one batch; an item that costs too much goes alone. Those that nobody waits for are dropped.</summary>
    public List<BatchItem<TItem>> Take(BatchBucket<TItem> bucket, in BatchUrgency urgency, BatchOptions options)
    {
        var (most, highest) = LimitsOf(bucket, options);
        var batch = new List<BatchItem<TItem>>(Math.Min(bucket.Count, most));
        var others = LevelsBeside(bucket, urgency);
        var cost = 0L;
        while (batch.Count < most && bucket.Count > 0)
        {
            Array.Clear(_heads);
            var levels = bucket.Heads(urgency, _heads);
            var level = _turns.Next(levels);
            var item = _heads[level]!;
            if (batch.Count > 0 && highest > 0 && item.Cost > highest - cost)
                break;
            Remove(item);
            if (item.IsUnwanted)
                continue;
            _turns.Serve(level, levels | others);
            cost += item.Cost;
            batch.Add(item);
        }

        return batch;
    }

    /// <summary>The levels that wait in other buckets: whoever waits there keeps its claim.</summary>
    private uint LevelsBeside(BatchBucket<TItem> bucket, in BatchUrgency urgency)
    {
        if (_buckets.Count == 1)
            return 0;
        var levels = 0u;
        foreach (var other in _buckets.Values)
        {
            if (other != bucket)
                levels |= other.Heads(urgency, _heads);
        }

        return levels;
    }

    private static BatchReason ReasonOf(BatchBucket<TItem> bucket, long now, BatchOptions options, long wait)
    {
        if (bucket.Count >= options.MaxBatchSize)
            return BatchReason.Size;
        if (options.MaxBatchCost > 0 && bucket.Cost >= options.MaxBatchCost)
            return BatchReason.Cost;
        if (wait == 0)
            return BatchReason.Greedy;
        if (PreferredOf(bucket, options) > 0)
            return BatchReason.Preferred;
        return now - bucket.Since >= wait ? BatchReason.Timeout : BatchReason.None;
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
        var amount = options.MaxBatchCost > 0 ? bucket.Cost : bucket.Count;
        var best = 0;
        foreach (var size in options.PreferredSizes)
        {
            if (size <= amount && size > best)
                best = size;
        }

        return best;
    }
}
