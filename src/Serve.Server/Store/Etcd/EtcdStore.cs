using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Serve.Server.Store.Etcd;

/// <summary>A store in another process, by the JSON gateway of etcd's v3 API: etcd itself, or the store that a controller serves.</summary>
internal sealed class EtcdStore : IClusterStore
{
    private readonly EtcdConnection _connection;
    private readonly TimeProvider _timeProvider;

    private EtcdStore(EtcdConnection connection, TimeProvider timeProvider)
    {
        _connection = connection;
        _timeProvider = timeProvider;
    }

    /// <summary>The store that a controller on this machine serves.</summary>
    /// <param name="findSocket">Finds its socket, anew for each connection.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public static EtcdStore OnSocket(Func<string> findSocket, TimeProvider timeProvider, ILogger<EtcdStore> logger) =>
        new(EtcdConnection.ToSocket(findSocket, timeProvider, logger), timeProvider);

    /// <summary>A server of etcd.</summary>
    public static EtcdStore OnServer(Uri address, TimeProvider timeProvider, ILogger<EtcdStore> logger) =>
        new(EtcdConnection.ToServer(address, timeProvider, logger), timeProvider);

    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken)
    {
        var (key, end) = EtcdKeys.RangeOf(prefix);
        var reply = await _connection.AskAsync<EtcdRangeRequest, EtcdRangeReply>(EtcdPaths.Range, new EtcdRangeRequest(key, end), cancellationToken);
        return new StoreRange(reply.Header.Revision, [.. (reply.Kvs ?? []).Select(ToEntry)]);
    }

    public async ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await _connection.AskAsync<EtcdTxnRequest, EtcdTxnReply>(EtcdPaths.Txn, ToRequest(txn), cancellationToken);
            return new StoreTxnResult(reply.Succeeded, reply.Header.Revision);
        }
        catch (EtcdException exception) when (exception.Code == EtcdError.InvalidArgument)
        {
            throw new ArgumentException(exception.Message, nameof(txn), exception);
        }
        catch (EtcdException exception) when (exception.Code == EtcdError.NotFound)
        {
            var leased = txn.Changes.Where(static change => change.Lease != LeaseId.None).Select(static change => $"{change.Lease.Value} of '{change.Key}'");
            throw new StoreLeaseException($"A lease has ended: {string.Join(", ", leased)}.", exception);
        }
    }

    public async ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var request = new EtcdGrantRequest((long)Math.Ceiling(timeToLive.TotalSeconds));
        return new LeaseId((await _connection.AskAsync<EtcdGrantRequest, EtcdLeaseReply>(EtcdPaths.Grant, request, cancellationToken)).Id);
    }

    public async ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        var reply = await _connection.AskAsync<EtcdLease, EtcdStreamed<EtcdLeaseReply>>(EtcdPaths.KeepAlive, new EtcdLease(lease.Value), cancellationToken);
        return reply.Result is { TimeToLive: > 0 };
    }

    public async ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.AskAsync<EtcdLease, EtcdHeaderReply>(EtcdPaths.Revoke, new EtcdLease(lease.Value), cancellationToken);
        }
        catch (EtcdException exception) when (exception.Code == EtcdError.NotFound)
        {
            // It has ended already.
        }
    }

    public async IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var watch = new EtcdWatch(_connection, prefix, fromRevision, new Random(), _timeProvider);
        while (true)
        {
            foreach (var change in await watch.NextAsync(cancellationToken))
                yield return change;
        }
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static StoreEntry ToEntry(EtcdEntry entry) =>
        new(EtcdKeys.Decode(entry.Key), entry.Value ?? [], entry.CreateRevision, entry.ModRevision, new LeaseId(entry.Lease));

    private static EtcdTxnRequest ToRequest(StoreTxn txn) => new(
        [.. txn.Conditions.Select(condition => new EtcdCompare(EtcdKeys.Encode(condition.Key), "CREATE", "EQUAL", condition.CreateRevision))],
        [.. txn.Changes.Select(ToOperation)],
        Failure: null);

    private static EtcdOperation ToOperation(StoreChange change) => change.Value is null
        ? new EtcdOperation(RequestPut: null, new EtcdDelete(EtcdKeys.Encode(change.Key), RangeEnd: null))
        : new EtcdOperation(new EtcdPut(EtcdKeys.Encode(change.Key), change.Value, change.Lease.Value), RequestDeleteRange: null);
}
