namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// How many requests a deployment had, as a step function over the last while. What changes within <see cref="Grain"/> is one step, so that
/// the memory and the work depend on the window's length and not on the traffic.
/// </summary>
internal sealed class LoadWindow
{
    /// <summary>The shortest step that is kept.</summary>
    public static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(50);

    private readonly List<Point> _points = [];

    /// <summary>From now on there are so many.</summary>
    /// <param name="at">When.</param>
    /// <param name="running">How many requests run.</param>
    /// <param name="queued">How many wait.</param>
    /// <param name="completed">How many have ended, all in all.</param>
    public void Set(DateTimeOffset at, double running, double queued, double completed)
    {
        if (_points is [.., var last] && at - last.At < Grain)
            _points[^1] = last with { Running = running, Queued = queued, Completed = completed, Peak = Math.Max(last.Peak, running + queued) };
        else
            _points.Add(new Point(at, running, queued, completed, running + queued));
    }

    /// <summary>Drops what ended before the longest window that anybody asks for.</summary>
    public void Forget(DateTimeOffset before)
    {
        var first = Math.Max(0, Find(before));
        if (first > _points.Count / 2)
            _points.RemoveRange(0, first);
    }

    /// <summary>What there was in the window that ends now. Before the first report there was nothing to know: the window begins there.</summary>
    public LoadFigures Over(TimeSpan window, DateTimeOffset now)
    {
        if (_points.Count == 0)
            return LoadFigures.None;
        var from = now - window;
        var first = Math.Max(0, Find(from));
        var figures = (Total: 0.0, Running: 0.0, Max: 0.0, Min: double.MaxValue);
        for (var i = first; i < _points.Count; i++)
        {
            var point = _points[i];
            var begin = point.At > from ? point.At : from;
            var end = i + 1 < _points.Count ? _points[i + 1].At : now;
            var seconds = Math.Max(0, (end - begin).TotalSeconds);
            figures = (figures.Total + (seconds * point.Total), figures.Running + (seconds * point.Running), Math.Max(figures.Max, point.Peak), Math.Min(figures.Min, point.Total));
        }

        var (oldest, last) = (_points[first], _points[^1]);
        var time = (now - (oldest.At > from ? oldest.At : from)).TotalSeconds;
        if (time <= 0)
            return new LoadFigures(last.Total, last.Peak, last.Total, last.Running, 0, 0, last.Running, last.Queued);
        var completions = Math.Max(0, last.Completed - oldest.Completed);
        var arrivals = Math.Max(0, completions + last.Total - oldest.Total);
        return new LoadFigures(figures.Total / time, figures.Max, figures.Min, figures.Running / time, arrivals / time, completions / time, last.Running, last.Queued);
    }

    /// <summary>What the requests that run and wait were not more than, for a share of the window's time.</summary>
    public double Percentile(TimeSpan window, DateTimeOffset now, double share)
    {
        var from = now - window;
        var first = Math.Max(0, Find(from));
        var steps = new List<(double Total, double Seconds)>(_points.Count - Math.Min(first, _points.Count));
        for (var i = first; i < _points.Count; i++)
        {
            var begin = _points[i].At > from ? _points[i].At : from;
            var end = i + 1 < _points.Count ? _points[i + 1].At : now;
            steps.Add((_points[i].Total, Math.Max(0, (end - begin).TotalSeconds)));
        }

        steps.Sort();
        var left = share * steps.Sum(step => step.Seconds);
        foreach (var (total, seconds) in steps)
        {
            left -= seconds;
            if (left <= 0)
                return total;
        }

        return steps.Count == 0 ? 0 : steps[^1].Total;
    }

    /// <summary>The last step that began at or before a time, or −1.</summary>
    private int Find(DateTimeOffset at)
    {
        var (low, high) = (0, _points.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_points[middle].At <= at)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    private readonly record struct Point(DateTimeOffset At, double Running, double Queued, double Completed, double Peak)
    {
        public double Total => Running + Queued;
    }
}
