namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>The last values of one metric of one replica, as a step function over the time.</summary>
internal sealed class MetricSeries
{
    private const int MaxSteps = 100;

    private readonly List<Step> _steps = [];

    /// <summary>From now on it is this.</summary>
    public void Set(DateTimeOffset at, double value)
    {
        if (_steps.Count == MaxSteps)
            Thin();
        _steps.Add(new Step(at, value, value, value));
    }

    /// <summary>What it was in a window that ends now. Before its first value there is nothing to know: the window begins there.</summary>
    public RecordedMetric Over(TimeSpan window, DateTimeOffset now)
    {
        var from = now - window;
        var first = Math.Max(0, _steps.FindLastIndex(step => step.At <= from));
        var (sum, seconds, min, max) = (0.0, 0.0, double.MaxValue, double.MinValue);
        for (var i = first; i < _steps.Count; i++)
        {
            var begin = _steps[i].At > from ? _steps[i].At : from;
            var length = Math.Max(0, ((i + 1 < _steps.Count ? _steps[i + 1].At : now) - begin).TotalSeconds);
            (sum, seconds) = (sum + (length * _steps[i].Value), seconds + length);
            (min, max) = (Math.Min(min, _steps[i].Min), Math.Max(max, _steps[i].Max));
        }

        var last = _steps[^1];
        return new RecordedMetric(last.Value, last.At, seconds > 0 ? sum / seconds : last.Value, min, max);
    }

    /// <summary>Makes one step of each two of the older half: what is long ago need not be known so exactly.</summary>
    private void Thin()
    {
        for (var i = 0; i < MaxSteps / 4; i++)
        {
            var (one, two) = (_steps[i], _steps[i + 1]);
            var end = _steps[i + 2].At;
            var whole = (end - one.At).TotalSeconds;
            var mean = whole > 0 ? ((one.Value * (two.At - one.At).TotalSeconds) + (two.Value * (end - two.At).TotalSeconds)) / whole : two.Value;
            _steps[i] = new Step(one.At, mean, Math.Min(one.Min, two.Min), Math.Max(one.Max, two.Max));
            _steps.RemoveAt(i + 1);
        }
    }

    private readonly record struct Step(DateTimeOffset At, double Value, double Min, double Max);
}
