using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// Remembers how many replicas a deployment needed at each part of a period, and expects the same again. What was needed in one period
/// and not in the next counts half, then a quarter.
/// </summary>
internal sealed class LoadForecast(ForecastOptions options)
{
    /// <summary>Into how many parts a period is divided: five minutes of a day.</summary>
    private const int Parts = 288;

    /// <summary>What each part needs; not a number where it was not seen yet.</summary>
    private readonly double[] _expected = [.. Enumerable.Repeat(double.NaN, Parts)];
    private readonly TimeSpan _part = options.Period / Parts;
    private long _first = -1;
    private long _current = -1;
    private double _peak;
    private double _last;

    public ForecastOptions Options => options;

    /// <summary>So many are needed now, and until the next call.</summary>
    public void Note(DateTimeOffset now, double needed)
    {
        var part = PartAt(now);
        if (_first < 0)
            _first = _current = part;
        // A gap longer than a period is told once.
        for (_current = Math.Max(_current, part - Parts); _current < part; _current++)
        {
            var slot = _current % Parts;
            _expected[slot] = double.IsNaN(_expected[slot]) ? _peak : (_expected[slot] + _peak) / 2;
            _peak = _last;
        }

        _last = needed;
        _peak = Math.Max(_peak, needed);
    }

    /// <summary>The most that will be needed from now until as far ahead as is asked, or null where not enough was seen.</summary>
    public double? Ahead(DateTimeOffset now)
    {
        var part = PartAt(now);
        if (_first < 0 || part - _first < (long)Parts * options.Periods)
            return null;
        var most = 0.0;
        for (var next = part; next <= PartAt(now + options.Ahead); next++)
            most = Math.Max(most, double.IsNaN(_expected[next % Parts]) ? 0 : _expected[next % Parts]);
        return most;
    }

    /// <summary>When the next part begins.</summary>
    public DateTimeOffset NextPart(DateTimeOffset now) => new((PartAt(now) + 1) * _part.Ticks, TimeSpan.Zero);

    private long PartAt(DateTimeOffset time) => time.UtcTicks / _part.Ticks;
}
