namespace Serve.Server.Store.Embedded;

/// <summary>A lease: when it is over, and the timer that tells the store's loop so.</summary>
internal sealed class StoreLease
{
    private readonly TimeSpan _timeToLive;
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private long _extendedAt;

    /// <param name="timeToLive">How long it lives from each extension on.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onElapsed">Told, on a timer's thread, that the time may be up.</param>
    public StoreLease(TimeSpan timeToLive, TimeProvider timeProvider, Action<ITimer> onElapsed)
    {
        _timeToLive = timeToLive;
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(_ => onElapsed(_timer!), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Extend()
    {
        _extendedAt = _timeProvider.GetTimestamp();
        _timer.Change(_timeToLive, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether its time is up; where it is not, the timer runs on.</summary>
    public bool IsOver()
    {
        var rest = _timeToLive - _timeProvider.GetElapsedTime(_extendedAt);
        if (rest > TimeSpan.Zero)
            _timer.Change(rest, Timeout.InfiniteTimeSpan);
        return rest <= TimeSpan.Zero;
    }

    public void Close() => _timer.Dispose();
}
