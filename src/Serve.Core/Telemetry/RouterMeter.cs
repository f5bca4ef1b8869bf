using System.Diagnostics.Metrics;

namespace Serve.Telemetry;

/// <summary>What one router counts about its deployment. Its series vanish with it.</summary>
internal sealed class RouterMeter : IDisposable
{
    /// <summary>The source of a router that belongs to a proxy.</summary>
    public const string ProxySource = "proxy";

    private readonly TimeProvider _timeProvider;
    private readonly Meter _meter;
    private readonly StripedCounter _requests = new();
    private readonly StripedCounter _calls = new();
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _refusals;
    private long _givenUp;

    /// <param name="application">The application of the deployment.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="queued">How many requests wait now.</param>
    /// <param name="ongoing">How many requests run on replicas now.</param>
    public RouterMeter(string application, string deployment, TimeProvider timeProvider, Func<long> queued, Func<long> ongoing)
    {
        _timeProvider = timeProvider;
        _meter = new Meter(new MeterOptions(MeterNames.Routing)
        {
            Tags = [new(TelemetryTags.Application, application), new(TelemetryTags.Deployment, deployment), new(TelemetryTags.Source, Source)],
        });
        ServeMetrics.RouterRequests.CreateCounter(_meter, () => _requests.Value);
        ServeMetrics.HandleRequests.CreateCounter(_meter, () => _calls.Value);
        ServeMetrics.QueuedQueries.CreateGauge(_meter, queued);
        ServeMetrics.OngoingAtReplicas.CreateGauge(_meter, ongoing);
        _waits = ServeMetrics.FulfillmentTime.CreateHistogram(_meter);
        _refusals = ServeMetrics.Refusals.CreateCounter(_meter);
    }

    /// <summary>Whose routers this process has: the proxy's, or those of one replica's handles. Set once, before the first router is made.</summary>
    public static string Source { get; set; } = ProxySource;

    /// <summary>How many requests have asked for a replica.</summary>
    public long Requests => _requests.Value;

    /// <summary>How many of them have left without one.</summary>
    public long GivenUp => Interlocked.Read(ref _givenUp);

    /// <summary>A request asks for a replica.</summary>
    public void OnRequest() => _requests.Add();

    /// <summary>A call is made through a handle.</summary>
    public void OnCall() => _calls.Add();

    /// <summary>Sees a request through its wait: the time, the span, and why it was given up.</summary>
    /// <param name="wait">The wait, begun.</param>
    public async ValueTask<T> ObserveWaitAsync<T>(ValueTask<T> wait)
    {
        var begin = _timeProvider.GetTimestamp();
        using var span = Tracing.Start(SpanNames.Queue);
        try
        {
            var result = await wait;
            _waits.Record(_timeProvider.GetElapsedTime(begin).TotalSeconds);
            return result;
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            Interlocked.Increment(ref _givenUp);
            _refusals.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Reason, ReasonOf(exception)));
            throw;
        }
    }

    public void Dispose() => _meter.Dispose();

    private static string ReasonOf(Exception exception) => exception switch
    {
        BackPressureException => "queue_full",
        OperationCanceledException => "cancelled",
        _ => "unavailable",
    };
}
