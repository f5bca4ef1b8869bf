using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Serve.Telemetry;

/// <summary>What one replica counts of the requests and calls that it works on.</summary>
internal sealed class ReplicaMeter : IDisposable
{
    /// <summary>The name under which all routes beyond the bound are counted.</summary>
    private const string OtherRoute = "other";

    private readonly ConcurrentDictionary<string, RouteSeries> _routes = new(StringComparer.Ordinal);
    private readonly Meter _meter;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _errors;
    private int _routeCount;

    /// <param name="scope">The replica.</param>
    /// <param name="ongoing">How many requests it works on now.</param>
    /// <param name="limit">How many it may work on at the same time.</param>
    public ReplicaMeter(ReplicaScope scope, Func<long> ongoing, Func<long> limit)
    {
        _meter = scope.CreateMeter(MeterNames.Replica);
        ServeMetrics.ProcessingQueries.CreateGauge(_meter, ongoing);
        ServeMetrics.Utilization.CreateGauge(_meter, () => limit() is > 0 and var slots ? ongoing() / (double)slots : 0);
        ServeMetrics.DeploymentRequests.CreateCounter(_meter, () => _routes.Values.Select(static route => new Measurement<long>(route.Done.Value, route.Tag)));
        _latency = ServeMetrics.ProcessingLatency.CreateHistogram(_meter);
        _errors = ServeMetrics.DeploymentErrors.CreateCounter(_meter);
    }

    /// <summary>A request or call has ended.</summary>
    /// <param name="route">The pattern of the endpoint, or the method that was called.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="failure">What was thrown, or null.</param>
    public void Record(string route, TimeSpan time, Exception? failure)
    {
        var series = _routes.TryGetValue(route, out var known) ? known : Add(route);
        _latency.Record(time.TotalSeconds, series.Tag);
        if (failure is null)
            series.Done.Add();
        else
            _errors.Add(1, series.Tag, new KeyValuePair<string, object?>(TelemetryTags.ExceptionType, failure.GetType().Name));
    }

    public void Dispose() => _meter.Dispose();

    private RouteSeries Add(string route)
    {
        if (Interlocked.Increment(ref _routeCount) >= ServeMetrics.DeploymentRequests.MaxSeries)
            route = OtherRoute;
        return _routes.GetOrAdd(route, static route => new RouteSeries(route));
    }

    private sealed class RouteSeries(string route)
    {
        public KeyValuePair<string, object?> Tag { get; } = new(TelemetryTags.Route, route);

        public StripedCounter Done { get; } = new();
    }
}
