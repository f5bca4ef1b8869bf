namespace Serve.Batching;

/// <summary>The waiting items that may share a batch, in the order in which they came.</summary>
internal sealed class BatchBucket<TItem>(BatchKey key)
{
    public BatchKey Key { get; } = key;

    public LinkedList<BatchItem<TItem>> Items { get; } = [];

    /// <summary>What all of them cost.</summary>
    public long Cost { get; set; }

    /// <summary>The one that came first. A bucket is dropped when it is empty.</summary>
    public BatchItem<TItem> First => Items.First!.Value;
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
