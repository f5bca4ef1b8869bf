using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Serve.Server.Store.Etcd;

/// <summary>
/// One watch over as many connections as it takes. The changes of one revision may come in several messages, so that a new connection
/// starts at the last revision that was seen and passes over what was delivered of it.
/// </summary>
/// <param name="connection">The store.</param>
/// <param name="prefix">The keys.</param>
/// <param name="fromRevision">The first revision.</param>
/// <param name="random">Spreads the attempts of many nodes that have lost the same store.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class EtcdWatch(EtcdConnection connection, string prefix, long fromRevision, Random random, TimeProvider timeProvider) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    /// <summary>The longest message that is read.</summary>
    private const long MaxMessage = 64 * 1024 * 1024;

    private HttpResponseMessage? _response;
    private PipeReader? _reader;
    private TimeSpan _retry = FirstRetry;
    private long _revision = fromRevision;
    private int _delivered;
    private int _passed;

    /// <summary>The next changes, at least one.</summary>
    /// <exception cref="StoreCompactedException">The store has forgotten them.</exception>
    public async Task<IReadOnlyList<StoreEvent>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                _reader ??= await OpenAsync(cancellationToken);
                if (Take(await ReadAsync(_reader, cancellationToken)) is { Count: > 0 } changes)
                    return changes;
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or EtcdException or InvalidDataException or JsonException)
            {
                await CloseAsync();
                await Task.Delay(_retry * (0.5 + (0.5 * random.NextDouble())), timeProvider, cancellationToken);
                _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
            }
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async Task<PipeReader> OpenAsync(CancellationToken cancellationToken)
    {
        var (key, end) = EtcdKeys.RangeOf(prefix);
        _passed = 0;
        _response = await connection.OpenStreamAsync(EtcdPaths.Watch, new EtcdWatchRequest(new EtcdWatchCreation(key, end, _revision)), cancellationToken);
        return PipeReader.Create(await _response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private async ValueTask CloseAsync()
    {
        if (_reader is not null)
            await _reader.CompleteAsync();
        _reader = null;
        // Ends the connection: nobody reads the answer to its end.
        _response?.Dispose();
        _response = null;
    }

    private List<StoreEvent> Take(EtcdWatchReply reply)
    {
        if (reply.CompactRevision > 0)
            throw new StoreCompactedException(_revision, reply.CompactRevision);
        if (reply.Canceled)
            throw new IOException($"The store has ended the watch: {reply.CancelReason}");
        _retry = FirstRetry;
        var changes = new List<StoreEvent>();
        foreach (var change in reply.Events ?? [])
        {
            var revision = change.Kv.ModRevision;
            if (revision < _revision)
                continue;
            if (revision > _revision)
                (_revision, _delivered, _passed) = (revision, 0, 0);
            if (++_passed <= _delivered)
                continue;
            _delivered = _passed;
            changes.Add(new StoreEvent(revision, EtcdKeys.Decode(change.Kv.Key), change.Type == EtcdEvent.Delete ? null : change.Kv.Value ?? []));
        }

        return changes;
    }

    private static async Task<EtcdWatchReply> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var message = JsonSerializer.Deserialize(read.Buffer.Slice(0, end).ToArray(), EtcdJson.Default.EtcdStreamedEtcdWatchReply);
                reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return message?.Result ?? throw new IOException($"The store has ended the watch: {message?.Error?.Message}");
            }

            if (read.Buffer.Length > MaxMessage)
                throw new InvalidDataException($"A message of the store is over {MaxMessage} bytes.");
            if (read.IsCompleted)
                throw new IOException("The store was lost during a watch.");
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
