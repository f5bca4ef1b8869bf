namespace Serve.Batching;

/// <summary>
/// The waiting items that may share a batch: those of each priority in the order in which they came, and behind them those that have waited for too long.
/// </summary>
internal sealed class BatchBucket<TItem>(BatchKey key)
{
    private LinkedList<BatchItem<TItem>>?[] _lines = [new()];

    public BatchKey Key { get; } = key;

    public int Count { get; private set; }

    /// <summary>What all of them cost.</summary>
    public long Cost { get; private set; }

    /// <summary>When the one came that has waited longest. A bucket is dropped when it is empty.</summary>
    public long Since
    {
        get
        {
            var since = long.MaxValue;
            foreach (var line in _lines)
            {
                if (line?.First is { } first)
                    since = Math.Min(since, first.Value.Since);
            }

            return since;
        }
    }

    public void Add(BatchItem<TItem> item)
    {
        item.Bucket = this;
        item.Node = LineOf(item.Priority.Level).AddLast(item);
        Cost += item.Cost;
        Count++;
    }

    public void Remove(BatchItem<TItem> item)
    {
        item.Node!.List!.Remove(item.Node);
        item.Bucket = null;
        item.Node = null;
        Cost -= item.Cost;
        Count--;
    }

    /// <summary>Which levels of urgency wait here, bit by bit.</summary>
    /// <param name="urgency">Says how urgent an item is now.</param>
    /// <param name="heads">By their levels the items that came first; those that came before what is there already take its place.</param>
    public uint Heads(in BatchUrgency urgency, BatchItem<TItem>?[] heads)
    {
        var levels = 0u;
        for (var i = 0; i < _lines.Length; i++)
        {
            if (HeadOf(i, urgency) is not { } head)
                continue;
            var level = urgency.LevelOf(head.Priority, head.Since);
            levels |= 1u << level;
            if (heads[level] is not { } other || head.Number < other.Number)
                heads[level] = head;
        }

        return levels;
    }

    /// <summary>The first of a line once those before it that are late have gone to the last line.</summary>
    private BatchItem<TItem>? HeadOf(int index, in BatchUrgency urgency)
    {
        while (_lines[index]?.First is { } node)
        {
            if (index == BatchUrgency.Late || !urgency.IsLate(node.Value.Priority, node.Value.Since))
                return node.Value;
            node.List!.Remove(node);
            LineOf(BatchUrgency.Late).AddLast(node);
        }

        return null;
    }

    private LinkedList<BatchItem<TItem>> LineOf(int level)
    {
        if (level >= _lines.Length)
            Array.Resize(ref _lines, level + 1);
        return _lines[level] ??= new();
    }
}

/// <summary>Why a batch starts.</summary>
internal enum BatchReason
{
    /// <summary>It must wait.</summary>
    None,

    /// <summary>There is no waiting time, and a place to run was free.</summary>
    Greedy,

    /// <summary>It has as many items as it may.</summary>
    Size,

    /// <summary>Its items cost as much as they may.</summary>
    Cost,

    /// <summary>Its items fill a size that is preferred.</summary>
    Preferred,

    /// <summary>Its first item has waited long enough.</summary>
    Timeout,

    /// <summary>The batch failed, and its items are tried again.</summary>
    Retry,
}
