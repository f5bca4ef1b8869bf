using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;

namespace Serve.Server.Node;

/// <summary>Writes the node's status into the store under its lease. Of several values for a key that wait, only the last is written.</summary>
internal sealed partial class StatusWriter : IAsyncDisposable
{
    private readonly IClusterStore _store;
    private readonly LeaseId _lease;
    private readonly ILogger<StatusWriter> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _waiting = new(StringComparer.Ordinal);
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _loop;

    public StatusWriter(IClusterStore store, LeaseId lease, ILogger<StatusWriter> logger)
    {
        _store = store;
        _lease = lease;
        _logger = logger;
        _loop = Task.Run(RunAsync);
    }

    public void Write(string key, byte[] value)
    {
        lock (_lock)
            _waiting[key] = value;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Writes what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _signal.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (await _signal.Reader.WaitToReadAsync())
        {
            _signal.Reader.TryRead(out _);
            await FlushAsync();
        }

        await FlushAsync();
    }

    private async Task FlushAsync()
    {
        List<StoreChange> changes;
        lock (_lock)
        {
            changes = [.. _waiting.Select(pair => new StoreChange(pair.Key, pair.Value, _lease))];
            _waiting.Clear();
        }

        if (changes.Count == 0)
            return;
        try
        {
            await _store.TxnAsync(new StoreTxn([], changes), CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogWriteFailed(exception, changes.Count);
        }
    }

    [LoggerMessage(EventId = 5101, Level = LogLevel.Error, Message = "The node's status could not be written ({Count} values)")]
    private partial void LogWriteFailed(Exception exception, int count);
}
