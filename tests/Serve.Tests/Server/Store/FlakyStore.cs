using System.Runtime.CompilerServices;
using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

/// <summary>A store whose connection a test can break.</summary>
internal sealed class FlakyStore(IClusterStore store) : IClusterStore
{
    private CancellationTokenSource _connection = new();

    /// <summary>While it is set every call fails.</summary>
    public bool IsDown { get; private set; }

    /// <summary>How many transactions were tried.</summary>
    public int Txns { get; private set; }

    /// <summary>How many attempts to keep a lease alive have come to their end.</summary>
    public int KeepAlives { get; private set; }

    /// <summary>Breaks all watches; nothing works until <see cref="Mend"/>.</summary>
    public void Break()
    {
        IsDown = true;
        Interlocked.Exchange(ref _connection, new CancellationTokenSource()).Cancel();
    }

    public void Mend() => IsDown = false;

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        Check();
        return store.RangeAsync(prefix, cancellationToken);
    }

    public ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        Txns++;
        Check();
        return store.TxnAsync(txn, cancellationToken);
    }

    public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        Check();
        return store.GrantAsync(timeToLive, cancellationToken);
    }

    public async ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        try
        {
            Check();
            return await store.KeepAliveAsync(lease, cancellationToken);
        }
        finally
        {
            KeepAlives++;
        }
    }

    public ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        Check();
        return store.RevokeAsync(lease, cancellationToken);
    }

    public async IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Check();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _connection.Token);
        await using var events = store.WatchAsync(prefix, fromRevision, both.Token).GetAsyncEnumerator(both.Token);
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync())
                    yield break;
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException("The connection to the store was lost.", exception);
            }

            yield return events.Current;
        }
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return store.DisposeAsync();
    }

    private void Check()
    {
        if (IsDown)
            throw new IOException("The store can't be reached.");
    }
}
