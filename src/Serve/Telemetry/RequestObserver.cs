using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Replica;

namespace Serve.Telemetry;

/// <summary>
/// Sees each request and call that a replica works on: its span, its metrics and its line in the access log. One <see cref="Begin"/> and one
/// <c>End</c> around the work, wherever the request came from.
/// </summary>
internal sealed class RequestObserver(AccessLog access, TimeProvider timeProvider)
{
    /// <summary>The route of a request that no endpoint has taken.</summary>
    private const string NoRoute = "";

    /// <param name="meter">The replica.</param>
    /// <param name="request">The request.</param>
    /// <param name="traceParent">What its sender says of the trace, or null.</param>
    /// <param name="traceState">The companion, or null.</param>
    public Observation Begin(ReplicaMeter meter, RequestContext request, string? traceParent, string? traceState)
    {
        // From here on whatever is logged bears the request's id, also the line at its end.
        RequestContext.Current = request;
        var span = Tracing.StartReceived(SpanNames.Replica, traceParent, traceState);
        span?.SetTag("request_id", request.RequestId);
        return new Observation(meter, timeProvider.GetTimestamp(), span);
    }

    /// <summary>An HTTP request has ended.</summary>
    public void End(in Observation observation, RequestContext request, HttpContext context)
    {
        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? NoRoute;
        var time = End(observation, request, pattern, context.Response.StatusCode);
        if (access.IsOn)
            access.Write(context.Request.Method, request.Route, context.Response.StatusCode.ToString(CultureInfo.InvariantCulture), time);
    }

    /// <summary>A call through a handle has ended.</summary>
    public void EndCall(in Observation observation, RequestContext request, string method)
    {
        var time = End(observation, request, method, status: null);
        if (access.IsOn)
            access.Write("CALL", method, request.Aborted.IsCancellationRequested ? "CANCELLED" : request.Failure is null ? "OK" : "ERROR", time);
    }

    private TimeSpan End(in Observation observation, RequestContext request, string route, int? status)
    {
        var time = timeProvider.GetElapsedTime(observation.Start);
        observation.Meter.Record(route, time, request.Failure);
        if (observation.Span is not { } span)
            return time;
        span.SetTag(TelemetryTags.Route, route);
        if (status is { } code)
            span.SetTag(TelemetryTags.StatusCode, code);
        if (request.Failure is { } failure)
            span.Fail(failure);
        else if (status >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
        return time;
    }
}

/// <summary>A request that a replica works on, as <see cref="RequestObserver"/> remembers it.</summary>
/// <param name="Meter">Where it is counted.</param>
/// <param name="Start">When it began, on the clock's own scale.</param>
/// <param name="Span">Its span, or null where nobody wants it.</param>
internal readonly record struct Observation(ReplicaMeter Meter, long Start, Activity? Span);
