using System.Diagnostics;
using Serve.Replica;
using Serve.Telemetry;

namespace Serve.Batching;

/// <summary>Separates items that must not share a batch.</summary>
/// <param name="Value">What the class's own method says of the item.</param>
/// <param name="Model">The multiplexed model that it is for.</param>
internal readonly record struct BatchKey(object? Value, string? Model);

/// <summary>One item on its way into a batch and through it.</summary>
internal abstract class BatchItem<TItem>(BatchQueue<TItem> queue, TItem value, CancellationToken cancellationToken)
{
    /// <summary>The batch that it is in now; <see cref="BatchPresence.Out"/> once it needs nothing more.</summary>
    private BatchPresence? _presence;

    public BatchQueue<TItem> Queue { get; } = queue;

    public TItem Value { get; } = value;

    /// <summary>The caller's wish to leave.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>What the item's caller works for, or null where it works for no request.</summary>
    public RequestContext? Caller { get; } = RequestContext.Current;

    /// <summary>The caller's span.</summary>
    public ActivityContext Trace { get; } = Tracing.IsOn && Activity.Current is { } activity ? activity.Context : default;

    /// <summary>Where it waits, and null once it doesn't. Guarded by the queue's lock.</summary>
    public BatchBucket<TItem>? Bucket { get; set; }

    public LinkedListNode<BatchItem<TItem>>? Node { get; set; }

    /// <summary>What it costs, where that counts.</summary>
    public long Cost { get; set; }

    /// <summary>How urgent it is.</summary>
    public BatchPriority Priority { get; set; }

    /// <summary>When it came, on the clock's own scale.</summary>
    public long Since { get; set; }

    /// <summary>Its place in the order of all items.</summary>
    public long Number { get; set; }

    /// <summary>Whether it needs nothing more: its caller has gone, or has all that there is for it.</summary>
    public bool IsOut => Volatile.Read(ref _presence) == BatchPresence.Out;

    /// <summary>Whether nobody waits for it any more, although that may not have got around yet.</summary>
    public bool IsUnwanted => IsOut || CancellationToken.IsCancellationRequested || Caller?.Aborted.IsCancellationRequested == true;

    /// <summary>Whether it can go through the method once more without its caller seeing something twice.</summary>
    public abstract bool IsUntouched { get; }

    /// <summary>The item is part of a batch that runs now.</summary>
    public void Join(BatchPresence presence)
    {
        var before = Volatile.Read(ref _presence);
        // It may go while it is taken; then nobody else tells the batch.
        if (before == BatchPresence.Out || Interlocked.CompareExchange(ref _presence, presence, before) != before)
            presence.Leave();
    }

    /// <summary>Ends the item for its caller.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Ends what the caller would still get, where the method has nothing more for it.</summary>
    public abstract void Complete();

    public abstract void Cancel(CancellationToken cancellationToken);

    /// <summary>Marks the item as one that needs nothing more and tells its batch. Only the first call counts.</summary>
    public void GetOut()
    {
        if (Interlocked.Exchange(ref _presence, BatchPresence.Out) is { } presence && presence != BatchPresence.Out)
            presence.Leave();
    }
}
