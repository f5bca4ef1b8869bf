using System.Diagnostics;
using Serve.Replica;

namespace Serve.Telemetry;

/// <summary>A request or call that a replica works on: begun once and ended once, it gives the span and the numbers.</summary>
internal readonly struct Observation
{
    private readonly ReplicaScope _scope;
    private readonly RequestContext _request;
    private readonly long _start;
    private readonly Activity? _span;

    private Observation(ReplicaScope scope, RequestContext request, Activity? span)
    {
        _scope = scope;
        _request = request;
        _span = span;
        _start = scope.TimeProvider.GetTimestamp();
        scope.Meter.Begin();
        span?.SetTag("request_id", request.RequestId);
    }

    /// <summary>Begins what has come from another process.</summary>
    /// <param name="scope">The replica.</param>
    /// <param name="request">The request; from here on it is the current one, so that whatever is logged bears its id.</param>
    /// <param name="traceParent">What its sender says of the trace, or null.</param>
    /// <param name="traceState">The companion, or null.</param>
    public static Observation Begin(ReplicaScope scope, RequestContext request, string? traceParent, string? traceState)
    {
        RequestContext.Current = request;
        return new Observation(scope, request, Tracing.StartReceived(SpanNames.Replica, traceParent, traceState));
    }

    /// <summary>Begins what has come from another deployment in this process.</summary>
    public static Observation BeginLocal(ReplicaScope scope, RequestContext request)
    {
        RequestContext.Current = request;
        return new Observation(scope, request, Tracing.Start(SpanNames.Replica, ActivityKind.Server));
    }

    /// <param name="route">The pattern of the endpoint, or the method that was called.</param>
    /// <param name="status">The status of an HTTP response, or null for a call.</param>
    /// <returns>How long it took.</returns>
    public TimeSpan End(string route, int? status = null)
    {
        var time = _scope.TimeProvider.GetElapsedTime(_start);
        _scope.Meter.End(route, time, _request.Failure);
        if (_span is not null)
            End(_span, route, status);
        return time;
    }

    private void End(Activity span, string route, int? status)
    {
        const int ServersFault = 500;
        span.SetTag(TelemetryTags.Route, route);
        if (status is { } code)
            span.SetTag(TelemetryTags.StatusCode, code);
        if (_request.Failure is { } failure)
            span.Fail(failure);
        else if (status >= ServersFault)
            span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }
}
