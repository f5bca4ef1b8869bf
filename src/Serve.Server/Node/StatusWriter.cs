using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;

namespace Serve.Server.Node;

/// <summary>
/// Writes the node's status into the store under its lease. Of several values for a key that wait, only the last is written; one that
/// could not be written waits on. One that was given up may still arrive behind the next one: so the writer is told what the store holds
/// (<see cref="OnStored"/>), and says again what is not so.
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
    private readonly Dictionary<string, byte[]> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _said = new(StringComparer.Ordinal);
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
            _waiting[key] = _said[key] = value;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>The store holds this now under one of the node's keys, or nothing any more: then there is nothing more to say of it.</summary>
    public void OnStored(string key, byte[]? value)
    {
        lock (_lock)
        {
            if (_waiting.ContainsKey(key) || !_said.TryGetValue(key, out var said))
                return;
            if (value is null)
                _said.Remove(key);
            else if (!said.AsSpan().SequenceEqual(value))
                _waiting[key] = said;
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
        {
            var values = _waiting.Take(MaxBatch).ToDictionary(StringComparer.Ordinal);
            foreach (var key in values.Keys)
                _waiting.Remove(key);
            return values;
        }
    }

    private async Task<bool> TryWriteAsync(Dictionary<string, byte[]> values)
    {
        try
        {
            // Whoever can't know whether it was written writes it again: a value is the same the second time.
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
            {
                foreach (var (key, value) in values)
                    _waiting.TryAdd(key, value);
            }

            return false;
        }
    }

    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "The node's status could not be written ({Count} values); trying again until it can")]
    private partial void LogWriteFailed(Exception exception, int count);
}
