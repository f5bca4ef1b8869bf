using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Serve.Telemetry;

/// <summary>What one replica counts of the requests and calls that it works on.</summary>
internal sealed class ReplicaMeter : IDisposable
{
    /// <summary>The name under which all routes beyond the bound are counted.</summary>
    private const string OtherRoute = "other";

    private readonly ConcurrentDictionary<string, RouteSeries> _routes = new(StringComparer.Ordinal);
    private readonly StripedCounter _ongoing = new();
    private readonly Meter _meter;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _errors;
    private int _routeCount;

    /// <param name="tags">The replica's names.</param>
    public ReplicaMeter(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        _meter = new Meter(new MeterOptions(MeterNames.Replica) { Tags = tags });
        ServeMetrics.ProcessingQueries.CreateGauge(_meter, () => _ongoing.Value);
        ServeMetrics.Utilization.CreateGauge(_meter, () => Limit() is > 0 and var slots ? _ongoing.Value / (double)slots : 0);
        ServeMetrics.DeploymentRequests.CreateCounter(_meter, () => _routes.Values.Select(static route => new Measurement<long>(route.Done.Value, route.Tag)));
        _latency = ServeMetrics.ProcessingLatency.CreateHistogram(_meter);
        _errors = ServeMetrics.DeploymentErrors.CreateCounter(_meter);
    }

    /// <summary>One that counts for nobody.</summary>
    public static ReplicaMeter Silent()
    {
        var meter = new ReplicaMeter([]);
        meter.Dispose();
        return meter;
    }

    /// <summary>How many requests it may work on at the same time; 0 where nobody has said so.</summary>
    public Func<long> Limit { get; set; } = static () => 0;

    /// <summary>Told once how long the first request or call took.</summary>
    public Action<TimeSpan> OnFirst { get; set; } = static _ => { };

    /// <summary>A request or call has begun.</summary>
    public void Begin() => _ongoing.Add();

    /// <summary>A request or call has ended.</summary>
    /// <param name="route">The pattern of the endpoint, or the method that was called.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="failure">What was thrown, or null.</param>
    public void End(string route, TimeSpan time, Exception? failure)
    {
        _ongoing.Add(-1);
        var series = _routes.TryGetValue(route, out var known) ? known : Add(route, time);
        _latency.Record(time.TotalSeconds, series.Tag);
        if (failure is null)
            series.Done.Add();
        else
            _errors.Add(1, series.Tag, new KeyValuePair<string, object?>(TelemetryTags.ExceptionType, failure.GetType().Name));
    }

    public void Dispose() => _meter.Dispose();

    private RouteSeries Add(string route, TimeSpan time)
    {
        var count = Interlocked.Increment(ref _routeCount);
        if (count == 1)
            OnFirst(time);
        if (count >= ServeMetrics.DeploymentRequests.MaxSeries)
            route = OtherRoute;
        return _routes.GetOrAdd(route, static route => new RouteSeries(route));
    }

    private sealed class RouteSeries(string route)
    {
        public KeyValuePair<string, object?> Tag { get; } = new(TelemetryTags.Route, route);

        public StripedCounter Done { get; } = new();
    }
}
