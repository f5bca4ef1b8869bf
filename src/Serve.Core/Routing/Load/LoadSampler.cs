using System.Collections.Concurrent;
using Serve.Identity;

namespace Serve.Routing.Load;

/// <summary>
/// Looks at the routers of this process that have something to do, twenty times a second, and reports those whose load has changed, ten times at most;
/// at once where a request waits for a deployment that has no replica. Requests pay nothing for it, and where there are none no timer runs.
/// </summary>
internal sealed class LoadSampler : IAsyncDisposable
{
    /// <summary>Between two looks. They are made at multiples of it, so that they do not depend on when requests come: the mean over time is right however short these are.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>After so long without requests nothing is known any more of how fast they are answered; <see cref="Queueing.AnswerTimes"/> has forgotten it.</summary>
    public static readonly TimeSpan RestTime = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _timeProvider;
    private readonly Action<LoadReport> _report;
    private readonly long _interval;
    private readonly ConcurrentQueue<RouterLoad> _woken = new();
    private readonly ConcurrentQueue<RouterLoad> _hurried = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<DeploymentId, RouterLoad> _awake = [];
    private readonly Dictionary<DeploymentId, RouterLoad> _resting = [];
    private readonly ITimer _timer;
    private long _lastLook;
    private long _lastReport;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="report">Told of changes, one after the other; must not wait.</param>
    public LoadSampler(TimeProvider timeProvider, Action<LoadReport> report)
    {
        _timeProvider = timeProvider;
        _report = report;
        _interval = timeProvider.TicksOf(LookInterval);
        _lastReport = timeProvider.GetTimestamp() - timeProvider.TicksOf(ReportInterval);
        _timer = timeProvider.CreateTimer(static state => ((LoadSampler)state!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A router has something to do again.</summary>
    public void Watch(RouterLoad load)
    {
        _woken.Enqueue(load);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A request waits for a deployment that has no replica. The first of them is told at once; how many there are, in its turn.</summary>
    public void Hurry(RouterLoad load)
    {
        if (!load.TryHurry())
            return;
        _hurried.Enqueue(load);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Run()
    {
        lock (_lock)
        {
            var now = _timeProvider.GetTimestamp();
            // Nothing is summed up over the time in which nobody looked.
            if (_awake.Count == 0)
                _lastLook = now - (now % _interval);
            TakeWoken();
            Look(now);
            var isUrgent = !_hurried.IsEmpty;
            _hurried.Clear();
            if (isUrgent || now - _lastReport >= _timeProvider.TicksOf(ReportInterval) - (_interval / 4))
                Report(now, isUrgent);
            SetTimer(now);
        }
    }

    private void TakeWoken()
    {
        while (_woken.TryDequeue(out var load))
        {
            var id = load.Now.Id;
            // A deployment that comes back has another router, which counts from the beginning: of the one before nothing is told any more.
            if (!load.IsClosed || _awake.GetValueOrDefault(id, load) == load)
                _awake[id] = load;
            _resting.Remove(id);
        }
    }

    /// <summary>A look between two multiples of the interval sees how many there are, and sums nothing up.</summary>
    private void Look(long now)
    {
        var look = now - (now % _interval);
        var seconds = (double)(look - _lastLook) / _timeProvider.TimestampFrequency;
        _lastLook = look;
        foreach (var load in _awake.Values)
            load.Look(seconds);
    }

    private void Report(long now, bool isUrgent)
    {
        var changed = new List<DeploymentLoad>();
        foreach (var (id, load) in _awake)
        {
            if (load.HasNews)
                changed.Add(load.Take());
            else if (load.IsQuiet && load.TryRest())
                Rest(id, load, now);
        }

        foreach (var (id, load) in _resting)
        {
            if (load.RestsUntil > now)
                continue;
            _resting.Remove(id);
            if (load.Now.LatencyP95 is not null)
                changed.Add(load.Take());
        }

        if (changed.Count == 0)
            return;
        _lastReport = now;
        _report(new LoadReport(changed, IsUrgent: isUrgent));
    }

    private void Rest(DeploymentId id, RouterLoad load, long now)
    {
        _awake.Remove(id);
        if (load.Now.LatencyP95 is null)
            return;
        load.RestsUntil = now + _timeProvider.TicksOf(RestTime);
        _resting[id] = load;
    }

    private void SetTimer(long now)
    {
        var next = Timeout.InfiniteTimeSpan;
        if (_awake.Count > 0)
            next = TimeSpan.FromSeconds((double)(_interval - (now % _interval)) / _timeProvider.TimestampFrequency);
        else if (_resting.Count > 0)
            next = TimeSpan.FromSeconds((double)Math.Max(_interval, _resting.Values.Min(static load => load.RestsUntil) - now) / _timeProvider.TimestampFrequency);
        _timer.Change(next, Timeout.InfiniteTimeSpan);
        // Whoever came since the beginning has set the timer to what was overwritten just now.
        if (!_woken.IsEmpty || !_hurried.IsEmpty)
            _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
