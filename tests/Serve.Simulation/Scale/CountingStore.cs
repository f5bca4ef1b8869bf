using System.Text;
using Serve.Server.Store;
using Serve.Testing.Cluster;

namespace Serve.Simulation.Scale;

/// <summary>A store in memory that counts what is written to it.</summary>
internal sealed class CountingStore : IClusterStore
{
    private readonly MemoryStore _store = new();

    public long Bytes { get; private set; }

    public long Keys { get; private set; }

    public long Transactions { get; private set; }

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => _store.RangeAsync(prefix, cancellationToken);

    public ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        Transactions++;
        Keys += txn.Changes.Count;
        Bytes += txn.Changes.Sum(static change => Encoding.UTF8.GetByteCount(change.Key) + (long)(change.Value?.Length ?? 0));
        return _store.TxnAsync(txn, cancellationToken);
    }

    public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => _store.GrantAsync(timeToLive, cancellationToken);

    public ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) => _store.KeepAliveAsync(lease, cancellationToken);

    public ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) => _store.RevokeAsync(lease, cancellationToken);

    public IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => _store.WatchAsync(prefix, fromRevision, cancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
