using Serve.Routing.Load;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// The load of a deployment over the last while. What changes within a <see cref="Grain"/> is one step, so that memory and work depend on the window's
/// length in grains and not on the traffic; means are taken from the totals over time and lose nothing by that.
/// </summary>
internal sealed class LoadWindow
{
    /// <summary>The shortest step that is kept. A longer window has longer steps.</summary>
    public static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(50);

    /// <summary>How many steps there are in a window at most.</summary>
    private const int Steps = 300;

    private readonly List<Step> _steps = [];
    private double? _latency;

    /// <summary>The longest time that is asked for.</summary>
    public TimeSpan Length { get; private set; } = TimeSpan.FromSeconds(10);

    /// <summary>From now on it is so.</summary>
    public void Set(DateTimeOffset at, DeploymentLoad load)
    {
        var totals = new Totals(at, load.Running, load.Queued, load.Completed, load.RunningSeconds, load.QueuedSeconds);
        if (_steps is [.., var last] && at - last.First.At < GrainNow)
            _steps[^1] = last with { Last = totals, Most = Math.Max(last.Most, load.Peak), Least = Math.Min(last.Least, load.Total) };
        else
            _steps.Add(new Step(totals, totals, Math.Max(load.Peak, load.Total), load.Total));
        _latency = load.LatencyP95;
        Forget(at - Length);
    }

    /// <summary>What there was in the window that ends now. Before the first report there was nothing to know: the window begins there.</summary>
    public LoadFigures Over(TimeSpan window, DateTimeOffset now)
    {
        if (window > Length)
            Length = window;
        if (_steps.Count == 0)
            return LoadFigures.None;
        var from = now - window;
        var first = Math.Max(0, Find(from));
        var (most, least) = (0.0, double.MaxValue);
        for (var i = first; i < _steps.Count; i++)
        {
            most = Math.Max(most, _steps[i].Most);
            least = Math.Min(least, _steps[i].Least);
        }

        var begin = _steps[first].At(from);
        var last = _steps[^1].Last;
        var end = last.GoOnUntil(now);
        var time = (now - begin.At).TotalSeconds;
        if (time <= 0)
            return new LoadFigures(last.Total, most, last.Total, last.Running, 0, 0, last.Running, last.Queued) { LatencyP95 = _latency };
        var running = Math.Max(0, end.RunningSeconds - begin.RunningSeconds) / time;
        var queued = Math.Max(0, end.QueuedSeconds - begin.QueuedSeconds) / time;
        var completions = Math.Max(0, end.Completed - begin.Completed);
        var arrivals = Math.Max(0, completions + end.Total - begin.Total);
        return new LoadFigures(running + queued, most, least, running, arrivals / time, completions / time, last.Running, last.Queued) { LatencyP95 = _latency };
    }

    /// <summary>What the requests that run and wait were not more than, for a share of the window's time.</summary>
    public double Percentile(TimeSpan window, DateTimeOffset now, double share)
    {
        if (window > Length)
            Length = window;
        if (_steps.Count == 0)
            return 0;
        var from = now - window;
        var parts = new List<(double Total, double Seconds)>();
        for (var i = Math.Max(0, Find(from)); i < _steps.Count; i++)
        {
            var begin = _steps[i].At(from);
            var end = i + 1 < _steps.Count ? _steps[i + 1].First : _steps[i].Last.GoOnUntil(now);
            var seconds = (end.At - begin.At).TotalSeconds;
            parts.Add(seconds <= 0 ? (end.Total, 0) : (Math.Max(0, end.RunningSeconds + end.QueuedSeconds - begin.RunningSeconds - begin.QueuedSeconds) / seconds, seconds));
        }

        parts.Sort();
        var left = share * parts.Sum(static part => part.Seconds);
        foreach (var (total, seconds) in parts)
        {
            left -= seconds;
            if (left <= 0)
                return total;
        }

        return parts[^1].Total;
    }

    private TimeSpan GrainNow => Length / Steps > Grain ? Length / Steps : Grain;

    /// <summary>Drops what ended before the longest window that anybody asks for; not each time, since that moves all the others.</summary>
    private void Forget(DateTimeOffset before)
    {
        var first = Math.Max(0, Find(before));
        if (first > _steps.Count / 2)
            _steps.RemoveRange(0, first);
    }

    /// <summary>The last step that began at or before a time, or −1.</summary>
    private int Find(DateTimeOffset at)
    {
        var (low, high) = (0, _steps.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_steps[middle].First.At <= at)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    /// <param name="First">What was said first in it.</param>
    /// <param name="Last">What was said last.</param>
    /// <param name="Most">The most requests that there were.</param>
    /// <param name="Least">The fewest.</param>
    private readonly record struct Step(Totals First, Totals Last, double Most, double Least)
    {
        /// <summary>How it was at a time in it, or at its beginning if that is later.</summary>
        public Totals At(DateTimeOffset time)
        {
            if (time <= First.At)
                return First;
            return time >= Last.At ? Last.GoOnUntil(time) : First.To(Last, time);
        }
    }

    private readonly record struct Totals(DateTimeOffset At, double Running, double Queued, double Completed, double RunningSeconds, double QueuedSeconds)
    {
        public double Total => Running + Queued;

        /// <summary>Nothing new was said since.</summary>
        public Totals GoOnUntil(DateTimeOffset time)
        {
            var seconds = (time - At).TotalSeconds;
            return this with { At = time, RunningSeconds = RunningSeconds + (Running * seconds), QueuedSeconds = QueuedSeconds + (Queued * seconds) };
        }

        /// <summary>Between this and a later one.</summary>
        public Totals To(Totals later, DateTimeOffset time)
        {
            var share = (time - At) / (later.At - At);
            return new Totals(
                time,
                double.Lerp(Running, later.Running, share),
                double.Lerp(Queued, later.Queued, share),
                double.Lerp(Completed, later.Completed, share),
                double.Lerp(RunningSeconds, later.RunningSeconds, share),
                double.Lerp(QueuedSeconds, later.QueuedSeconds, share));
        }
    }
}
