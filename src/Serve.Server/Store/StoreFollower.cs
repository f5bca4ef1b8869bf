using Microsoft.Extensions.Logging;

namespace Serve.Server.Store;

/// <summary>
/// Keeps a part of this process informed of all keys with a prefix: first what is there, then each change. Where the watch fails, or the
/// store has forgotten what it missed, it reads everything again and tells what became different. What the handler throws is logged and
/// costs that one change, not all that follow.
/// </summary>
internal sealed partial class StoreFollower : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>The keys that were told, with their mod revisions.</summary>
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly string _prefix;
    private readonly Handler _handle;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private Task _loop = Task.CompletedTask;

    private StoreFollower(IClusterStore store, string prefix, Handler handle, TimeProvider timeProvider, ILogger logger)
    {
        _store = store;
        _prefix = prefix;
        _handle = handle;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Told of a key's new value, or null where it is gone; one at a time, in order.</summary>
    public delegate ValueTask Handler(string key, byte[]? value, CancellationToken cancellationToken);

    /// <summary>Tells everything that is there, and from then on each change.</summary>
    public static async Task<StoreFollower> StartAsync(
        IClusterStore store, string prefix, Handler handle, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        var follower = new StoreFollower(store, prefix, handle, timeProvider, logger);
        var revision = await follower.TellAllAsync(cancellationToken);
        follower._loop = Task.Run(() => follower.RunAsync(revision), CancellationToken.None);
        return follower;
    }

    /// <summary>Tells each change from what somebody has read before.</summary>
    public static StoreFollower StartFrom(StoreRange known, IClusterStore store, string prefix, Handler handle, TimeProvider timeProvider, ILogger logger)
    {
        var follower = new StoreFollower(store, prefix, handle, timeProvider, logger);
        foreach (var entry in known.Entries.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)))
            follower._told[entry.Key] = entry.ModRevision;
        follower._loop = Task.Run(() => follower.RunAsync(known.Revision));
        return follower;
    }

    /// <summary>Ends; the handler is not called any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task RunAsync(long revision)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in _store.WatchAsync(_prefix, revision + 1, _stopping.Token))
                    await TellAsync(change.Key, change.Value, change.Revision, _stopping.Token);
            }
            catch (Exception exception)
            {
                if (!_stopping.IsCancellationRequested)
                    LogWatchFailed(exception, _prefix);
            }

            revision = await ReadAgainAsync();
        }
    }

    /// <summary>Reads everything anew, as often as it takes.</summary>
    private async Task<long> ReadAgainAsync()
    {
        while (true)
        {
            await Task.Delay(Retry, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                return 0;
            try
            {
                return await TellAllAsync(_stopping.Token);
            }
            catch (Exception exception)
            {
                if (!_stopping.IsCancellationRequested)
                    LogWatchFailed(exception, _prefix);
            }
        }
    }

    /// <returns>The revision at which it was read.</returns>
    private async Task<long> TellAllAsync(CancellationToken cancellationToken)
    {
        var range = await _store.RangeAsync(_prefix, cancellationToken);
        var gone = _told.Keys.Except(range.Entries.Select(entry => entry.Key), StringComparer.Ordinal).ToList();
        foreach (var key in gone)
            await TellAsync(key, value: null, range.Revision, cancellationToken);
        foreach (var entry in range.Entries.Where(entry => _told.GetValueOrDefault(entry.Key) != entry.ModRevision))
            await TellAsync(entry.Key, entry.Value, entry.ModRevision, cancellationToken);
        return range.Revision;
    }

    private async ValueTask TellAsync(string key, byte[]? value, long revision, CancellationToken cancellationToken)
    {
        if (value is null)
            _told.Remove(key);
        else
            _told[key] = revision;
        try
        {
            await _handle(key, value, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotHandled(exception, key);
        }
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "The watch of '{Prefix}' has failed and starts over")]
    private partial void LogWatchFailed(Exception exception, string prefix);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "A change of '{Key}' could not be handled")]
    private partial void LogNotHandled(Exception exception, string key);
}
