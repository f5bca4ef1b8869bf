using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;

namespace Serve.Server.Node;

/// <summary>
/// Writes the node's status into the store under its lease. What could not be written waits on; what waits, and what must be said again,
/// is the business of its <see cref="StatusBacklog"/>.
/// </summary>
internal sealed partial class StatusWriter : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>How many values are written together: etcd takes 128 changes in a transaction.</summary>
    private const int MaxBatch = 100;

    /// <summary>How long the last values may take at the end: the store may be out of reach, or its disk full.</summary>
    private static readonly TimeSpan LastWriteTime = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly Func<LeaseId> _lease;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StatusWriter> _logger;
    private readonly Lock _lock = new();
    private readonly StatusBacklog _backlog = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _loop;
    private bool _isFailing;

    public StatusWriter(IClusterStore store, Func<LeaseId> lease, TimeProvider timeProvider, ILogger<StatusWriter> logger)
    {
        _store = store;
        _lease = lease;
        _timeProvider = timeProvider;
        _logger = logger;
        _loop = Task.Run(RunAsync);
    }

    public void Write(string key, byte[] value)
    {
        lock (_lock)
            _backlog.Say(key, value);
        _signal.Writer.TryWrite(true);
    }

    /// <summary>The store holds this now under one of the node's keys, or nothing any more.</summary>
    public void OnStored(string key, byte[]? value)
    {
        lock (_lock)
        {
            if (!_backlog.OnStored(key, value))
                return;
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Writes what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _signal.Writer.TryComplete();
        await Task.WhenAny(_loop, Task.Delay(LastWriteTime, _timeProvider));
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _signal.Reader.WaitToReadAsync())
        {
            _signal.Reader.TryRead(out _);
            while (!await TryFlushAsync() && !_stopping.IsCancellationRequested)
                await Task.Delay(Retry, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await TryFlushAsync();
    }

    private async Task<bool> TryFlushAsync()
    {
        while (TakeBatch() is { Count: > 0 } values)
        {
            if (!await TryWriteAsync(values))
                return false;
        }

        return true;
    }

    private Dictionary<string, byte[]> TakeBatch()
    {
        lock (_lock)
            return _backlog.Take(MaxBatch);
    }

    private async Task<bool> TryWriteAsync(Dictionary<string, byte[]> values)
    {
        try
        {
            await _store.TxnAsync(new StoreTxn([], [.. values.Select(pair => new StoreChange(pair.Key, pair.Value, _lease()))]), _stopping.Token);
            _isFailing = false;
            return true;
        }
        catch (Exception exception)
        {
            if (!_isFailing)
                LogWriteFailed(exception, values.Count);
            _isFailing = true;
            lock (_lock)
                _backlog.PutBack(values);
            return false;
        }
    }

    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "The node's status could not be written ({Count} values); trying again until it can")]
    private partial void LogWriteFailed(Exception exception, int count);
}
