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

    private static readonly TimeSpan WriteRetry = TimeSpan.FromSeconds(1);

    private readonly Channel<Request> _requests = Channel.CreateBounded<Request>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly StoreState _state = new();
    private readonly StoreFile _file;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<EmbeddedStore> _logger;
    private readonly Dictionary<LeaseId, Lease> _leases = [];
    private readonly List<Watcher> _watchers = [];
    private readonly Queue<StoreEvent> _history = new();
    private readonly List<StoreRecord> _unwritten = [];
    private readonly List<StoreEvent> _unpublished = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private long _nextLease;
    private long _oldest;

    private EmbeddedStore(string folder, TimeProvider timeProvider, ILogger<EmbeddedStore> logger)
    {
        _timeProvider = timeProvider;
        _logger = logger;
        _file = StoreFile.Open(folder, _state);
        _oldest = _state.Revision + 1;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Opens the store of a folder, which this process must have for itself.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static EmbeddedStore Open(string folder, TimeProvider timeProvider, ILogger<EmbeddedStore> logger) => new(folder, timeProvider, logger);

    public async ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) =>
        (StoreRange)(await AskAsync(new Request(() => new StoreRange(_state.Revision, _state.Range(prefix))), cancellationToken))!;

    public async ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) =>
        (StoreTxnResult)(await AskAsync(new Request(() => Apply(txn)), cancellationToken))!;

    public async ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        (LeaseId)(await AskAsync(new Request(() => Grant(timeToLive)), cancellationToken))!;

    public async ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) =>
        (bool)(await AskAsync(new Request(() => KeepAlive(lease)), cancellationToken))!;

    public async ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) =>
        await AskAsync(new Request(() => End(lease)), cancellationToken);

    public async IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new Watcher(prefix);
        await AskAsync(new Request(() => Add(watcher, fromRevision)), cancellationToken);
        try
        {
            await foreach (var change in watcher.Events.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            _requests.Writer.TryWrite(new Request(() => _watchers.Remove(watcher)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _loop;
        foreach (var lease in _leases.Values)
            lease.Timer.Dispose();
        foreach (var watcher in _watchers)
            watcher.Events.Writer.TryComplete();
        _file.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<object?> AskAsync(Request request, CancellationToken cancellationToken)
    {
        await _requests.Writer.WriteAsync(request, cancellationToken);
        return await request.Done.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        var batch = new List<Request>();
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
        while (_unwritten.Count > 0)
        {
            try
            {
                _file.Append(_unwritten, _state);
                _unwritten.Clear();
            }
            catch (IOException exception)
            {
                LogWriteFailed(exception);
                if (_stopping.IsCancellationRequested)
                    return false;
                await Task.Delay(WriteRetry, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return true;
    }

    private void Publish()
    {
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
        if (!txn.Conditions.All(_state.Holds))
            return new StoreTxnResult(Succeeded: false, _state.Revision);
        if (txn.Changes.FirstOrDefault(change => change.Lease != LeaseId.None && !_leases.ContainsKey(change.Lease)) is { Key: not null } orphan)
            throw new InvalidOperationException($"The lease {orphan.Lease.Value} of '{orphan.Key}' has ended.");
        Apply(txn.Changes);
        return new StoreTxnResult(Succeeded: true, _state.Revision);
    }

    private void Apply(IReadOnlyList<StoreChange> changes)
    {
        var durable = changes.Where(_state.MustPersist).ToList();
        var events = _state.Apply(changes);
        _unpublished.AddRange(events);
        if (durable.Count > 0)
            _unwritten.Add(new StoreRecord(StoreRecordKind.Changes, _state.Revision, [.. durable.Select(change => (change.Key, 0L, change.Value))]));
    }

    private LeaseId Grant(TimeSpan timeToLive)
    {
        var id = new LeaseId(++_nextLease);
        var timer = _timeProvider.CreateTimer(_ => _requests.Writer.TryWrite(new Request(() => End(id))), state: null, timeToLive, Timeout.InfiniteTimeSpan);
        _leases.Add(id, new Lease(timeToLive, timer));
        return id;
    }

    private bool KeepAlive(LeaseId id) => _leases.TryGetValue(id, out var lease) && lease.Timer.Change(lease.TimeToLive, Timeout.InfiniteTimeSpan);

    private bool End(LeaseId id)
    {
        if (!_leases.Remove(id, out var lease))
            return false;
        lease.Timer.Dispose();
        Apply([.. _state.KeysOf(id).Select(key => new StoreChange(key, Value: null))]);
        return true;
    }

    private bool Add(Watcher watcher, long fromRevision)
    {
        if (fromRevision < _oldest)
            throw new StoreCompactedException(fromRevision, _oldest);
        foreach (var past in _history.Where(change => change.Revision >= fromRevision))
            watcher.Offer(past);
        _watchers.Add(watcher);
        return true;
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Critical, Message = "The store can't write its file; nothing can be changed until it can")]
    private partial void LogWriteFailed(Exception exception);

    private sealed record Lease(TimeSpan TimeToLive, ITimer Timer);

    private sealed class Watcher(string prefix)
    {
        public Channel<StoreEvent> Events { get; } = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

        public void Offer(StoreEvent change)
        {
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
                Events.Writer.TryWrite(change);
        }
    }

    /// <summary>Something to do on the store's loop, answered when what it changed is durable.</summary>
    private sealed class Request(Func<object?> action)
    {
        private object? _result;
        private Exception? _error;

        public TaskCompletionSource<object?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run()
        {
            try
            {
                _result = action();
            }
            catch (Exception exception)
            {
                _error = exception;
            }
        }

        public void Complete(bool isDurable)
        {
            if (_error is not null)
                Done.TrySetException(_error);
            else if (!isDurable)
                Done.TrySetException(new IOException("The store was closed before the change was written."));
            else
                Done.TrySetResult(_result);
        }
    }
}
