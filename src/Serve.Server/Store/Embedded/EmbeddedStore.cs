using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Serve.Server.Store.Embedded;

/// <summary>
/// The store for one machine: contents in memory, changes in one local file. One loop owns everything; changes that wait while it writes
/// go to the disk together. Nobody sees a change before it is durable.
/// </summary>
internal sealed partial class EmbeddedStore : IClusterStore
{
    /// <summary>How many past events a watch may start from.</summary>
    private const int HistoryLength = 10_000;

    private const int MaxBatch = 256;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Channel<StoreRequest> _requests = Channel.CreateBounded<StoreRequest>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly StoreState _state = new();
    private readonly StoreFile _file;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<EmbeddedStore> _logger;
    private readonly Dictionary<LeaseId, StoreLease> _leases = [];
    private readonly List<StoreWatcher> _watchers = [];
    private readonly Queue<StoreEvent> _history = new();
    private readonly List<StoreRecordEntry> _unwritten = [];
    private readonly List<StoreEvent> _unpublished = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private bool _mustFlush;
    private long _nextLease;
    private long _oldest;

    private EmbeddedStore(string folder, TimeProvider timeProvider, ILogger<EmbeddedStore> logger, Action? beforeWrite)
    {
        _timeProvider = timeProvider;
        _logger = logger;
        _file = StoreFile.Open(folder, _state, beforeWrite);
        _oldest = _state.Revision + 1;
        _nextLease = _state.Revision;
        // Whoever keeps a lease alive could not do so while nobody had the store open: its time starts anew.
        foreach (var (id, timeToLive) in _state.Leases)
            Begin(id, timeToLive);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Opens the store of a folder, which this process must have for itself.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="beforeWrite">Called before each write to disk; what it throws counts as the write's failure. For tests.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static EmbeddedStore Open(string folder, TimeProvider timeProvider, ILogger<EmbeddedStore> logger, Action? beforeWrite = null) =>
        new(folder, timeProvider, logger, beforeWrite);

    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) =>
        (StoreRange)(await AskAsync(new StoreRequest(() => new StoreRange(_state.Revision, _state.Range(prefix))), cancellationToken))!;

    public async ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) =>
        (StoreTxnResult)(await AskAsync(new StoreRequest(() => Apply(txn)), cancellationToken))!;

    public async ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        (LeaseId)(await AskAsync(new StoreRequest(() => Grant(timeToLive)), cancellationToken))!;

    public async ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) =>
        (bool)(await AskAsync(new StoreRequest(() => KeepAlive(lease)), cancellationToken))!;

    public async ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) =>
        await AskAsync(new StoreRequest(() => End(lease)), cancellationToken);

    public async IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new StoreWatcher(prefix, fromRevision, capacity: 2 * HistoryLength);
        try
        {
            await AskAsync(new StoreRequest(() => Add(watcher)), cancellationToken);
            await foreach (var change in watcher.Events.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            watcher.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        _requests.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _loop;
        foreach (var lease in _leases.Values)
            lease.Close();
        _file.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<object?> AskAsync(StoreRequest request, CancellationToken cancellationToken)
    {
        await _requests.Writer.WriteAsync(request, cancellationToken);
        return await request.Done.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        var batch = new List<StoreRequest>();
        Exception? fault = null;
        try
        {
            await HandleAsync(batch);
        }
        catch (Exception exception)
        {
            fault = exception;
            LogFault(exception);
            _requests.Writer.TryComplete(exception);
            while (_requests.Reader.TryRead(out var request))
                batch.Add(request);
            foreach (var request in batch)
                request.Fail(exception);
        }

        foreach (var watcher in _watchers)
            watcher.Events.Writer.TryComplete(fault);
    }

    private async Task HandleAsync(List<StoreRequest> batch)
    {
        while (await _requests.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _requests.Reader.TryRead(out var request))
                batch.Add(request);
            foreach (var request in batch)
                request.Run();
            var isDurable = await WriteAsync();
            if (isDurable)
                Publish();
            foreach (var request in batch)
                request.Complete(isDurable);
        }
    }

    /// <summary>Writes until it succeeds: a full disk stops changes, not the store. False only where the store is being closed.</summary>
    private async Task<bool> WriteAsync()
    {
        while (_unwritten.Count > 0 || _file.IsBehind(_state.Revision))
        {
            try
            {
                _file.Append(_unwritten, _state, _mustFlush);
                _unwritten.Clear();
                _mustFlush = false;
            }
            catch (Exception exception) when (StoreFile.IsWriteFailure(exception))
            {
                LogWriteFailed(exception);
                if (_stopping.IsCancellationRequested)
                    return false;
                await Task.Delay(Retry, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return true;
    }

    private void Publish()
    {
        _watchers.RemoveAll(static watcher => watcher.IsClosed);
        foreach (var change in _unpublished)
        {
            _history.Enqueue(change);
            if (_history.Count > HistoryLength)
                _oldest = _history.Dequeue().Revision + 1;
            foreach (var watcher in _watchers)
                watcher.Offer(change);
        }

        _unpublished.Clear();
    }

    private StoreTxnResult Apply(StoreTxn txn)
    {
        if (txn.Changes.CountBy(static change => change.Key, StringComparer.Ordinal).FirstOrDefault(static pair => pair.Value > 1) is { Key: { } twice })
            throw new ArgumentException($"A transaction changes '{twice}' twice.", nameof(txn));
        if (!txn.Conditions.All(_state.Holds))
            return new StoreTxnResult(Succeeded: false, _state.Revision);
        if (txn.Changes.FirstOrDefault(change => change.Lease != LeaseId.None && !_leases.ContainsKey(change.Lease)) is { Key: not null } orphan)
            throw new StoreLeaseException($"The lease {orphan.Lease.Value} of '{orphan.Key}' has ended.");
        Apply(txn.Changes);
        return new StoreTxnResult(Succeeded: true, _state.Revision);
    }

    private void Apply(IReadOnlyList<StoreChange> changes)
    {
        var durable = changes.Where(_state.MustPersist).ToList();
        // What lives by a lease is written anew by whoever holds it, should the machine fail.
        _mustFlush |= durable.Exists(static change => change.Lease == LeaseId.None);
        _unpublished.AddRange(_state.Apply(changes));
        _unwritten.AddRange(durable.Select(change => _state.ToRecord(change.Key)));
    }

    private LeaseId Grant(TimeSpan timeToLive)
    {
        var id = new LeaseId(++_nextLease);
        _unwritten.Add(_state.Set(id, timeToLive));
        Begin(id, timeToLive);
        return id;
    }

    private void Begin(LeaseId id, TimeSpan timeToLive)
    {
        var lease = new StoreLease(timeToLive, _timeProvider, timer =>
        {
            // Where the queue is full the lease lives on for a moment; it must not live for ever.
            if (!_requests.Writer.TryWrite(new StoreRequest(() => Lapse(id))))
                timer.Change(Retry, Timeout.InfiniteTimeSpan);
        });
        _leases.Add(id, lease);
        lease.Extend();
    }

    private bool KeepAlive(LeaseId id)
    {
        if (!_leases.TryGetValue(id, out var lease))
            return false;
        lease.Extend();
        return true;
    }

    /// <summary>Ends a lease whose time is up, unless it was kept alive while this waited its turn.</summary>
    private bool Lapse(LeaseId id) => _leases.TryGetValue(id, out var lease) && lease.IsOver() && End(id);

    private bool End(LeaseId id)
    {
        if (!_leases.Remove(id, out var lease))
            return false;
        lease.Close();
        _unwritten.Add(_state.Set(id, timeToLive: null));
        Apply([.. _state.KeysOf(id).Select(key => new StoreChange(key, Value: null))]);
        return true;
    }

    private bool Add(StoreWatcher watcher)
    {
        if (watcher.FromRevision < _oldest)
            throw new StoreCompactedException(watcher.FromRevision, _oldest);
        foreach (var past in _history)
            watcher.Offer(past);
        _watchers.RemoveAll(static watcher => watcher.IsClosed);
        _watchers.Add(watcher);
        return true;
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Critical, Message = "The store can't write its file; nothing can be changed until it can")]
    private partial void LogWriteFailed(Exception exception);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Critical, Message = "The store has ended by a fault of its own")]
    private partial void LogFault(Exception exception);
}
