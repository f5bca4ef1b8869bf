namespace Serve.Server.Store;

/// <summary>
/// The cluster's memory, with the semantics of etcd: every change gets a revision, a transaction compares before it writes, a key may
/// live by a lease, and a watch delivers every change from a revision on, in order.
/// </summary>
internal interface IClusterStore : IAsyncDisposable
{
    /// <summary>All entries whose key starts with the prefix, in the order of their keys.</summary>
    ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Applies all changes if all conditions hold, else none. Done when the changes are durable.</summary>
    /// <exception cref="ArgumentException">It changes a key twice.</exception>
    /// <exception cref="StoreLeaseException">A lease of it has ended.</exception>
    /// <exception cref="StoreUnavailableException">No answer came; it may have been applied all the same.</exception>
    ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken);

    /// <summary>Makes a lease that ends unless it is kept alive.</summary>
    ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken);

    /// <summary>Puts the lease's end off by its whole time again. False where it has ended.</summary>
    ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken);

    /// <summary>Ends a lease and deletes the keys that live by it.</summary>
    ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken);

    /// <summary>Delivers every change of keys with the prefix, from a revision on, in order, without end.</summary>
    /// <exception cref="StoreCompactedException">The store does not remember changes that far back; read the range again.</exception>
    IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken);
}

/// <summary>Names a lease; the default is none.</summary>
internal readonly record struct LeaseId(long Value)
{
    public static readonly LeaseId None;
}

/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="CreateRevision">The revision at which the key came into being.</param>
/// <param name="ModRevision">The revision of its last change.</param>
/// <param name="Lease">The lease by which it lives, or none.</param>
internal sealed record StoreEntry(string Key, byte[] Value, long CreateRevision, long ModRevision, LeaseId Lease);

/// <param name="Revision">The revision at which the entries were read; watch from the next one.</param>
/// <param name="Entries">The entries.</param>
internal sealed record StoreRange(long Revision, IReadOnlyList<StoreEntry> Entries);

/// <summary>One change that a watch delivers.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The new value, or null where the key was deleted.</param>
internal readonly record struct StoreEvent(long Revision, string Key, byte[]? Value);

/// <summary>A condition of a transaction: the revision at which the key was created must be this; 0 is "does not exist".</summary>
internal readonly record struct StoreCondition(string Key, long CreateRevision);

/// <summary>A change of a transaction.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The new value, or null to delete the key.</param>
/// <param name="Lease">The lease that the key shall live by, or none.</param>
/// <param name="IsVolatile">The key need not outlive the store's process. Only the embedded store makes use of it: it saves a write to disk.</param>
internal readonly record struct StoreChange(string Key, byte[]? Value, LeaseId Lease = default, bool IsVolatile = false);

internal sealed record StoreTxn(IReadOnlyList<StoreCondition> Conditions, IReadOnlyList<StoreChange> Changes);

/// <param name="Succeeded">Whether the conditions held.</param>
/// <param name="Revision">The store's revision afterwards.</param>
internal readonly record struct StoreTxnResult(bool Succeeded, long Revision);

/// <summary>A watch asked for changes that the store has forgotten.</summary>
internal sealed class StoreCompactedException(long fromRevision, long oldestRevision)
    : Exception($"The store remembers changes from revision {oldestRevision} on, not from {fromRevision}.")
{
    /// <summary>The first revision that it remembers.</summary>
    public long OldestRevision { get; } = oldestRevision;
}

/// <summary>A change was to live by a lease that has ended.</summary>
internal sealed class StoreLeaseException(string message, Exception? innerException = null) : InvalidOperationException(message, innerException);

/// <summary>The store could not be reached, or did not answer in time.</summary>
/// <param name="message">What happened.</param>
/// <param name="mayHaveHappened">Whether the store may have done what it was asked: the request was sent and its answer is lost.</param>
/// <param name="innerException">The cause.</param>
internal sealed class StoreUnavailableException(string message, bool mayHaveHappened, Exception? innerException = null) : IOException(message, innerException)
{
    public bool MayHaveHappened { get; } = mayHaveHappened;
}
