using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Http;
using Serve.Telemetry;
using Serve.Telemetry.Logs;

namespace Serve.Server.Proxy;

/// <summary>The outermost step of the proxy: the span, the metrics and the line in the access log of each request, but not of the proxy's own routes.</summary>
internal sealed partial class ProxyObserver(ProxyTelemetry telemetry, ILogger<ProxyObserver> logger, TimeProvider timeProvider)
{
    private const string OwnRoutes = "/-/";

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Path.Value?.StartsWith(OwnRoutes, StringComparison.Ordinal) == true ? next(context) : ObserveAsync(context, next);

    /// <summary>Begins the span of the choice of a replica and the hop to it; the replica's is its child.</summary>
    public static Activity? StartRoute(HttpContext context)
    {
        var span = Tracing.Start(SpanNames.Route, ActivityKind.Client);
        if (span is not null)
            context.Request.Headers.TraceParent = span.Id;
        return span;
    }

    private async Task ObserveAsync(HttpContext context, RequestDelegate next)
    {
        var begin = timeProvider.GetTimestamp();
        var isGrpc = ErrorResponse.IsGrpc(context.Request);
        var observation = new ProxyObservation();
        context.Features.Set(observation);
        var span = Begin(context, isGrpc);
        var ongoing = isGrpc ? telemetry.Meter.OngoingGrpc : telemetry.Meter.OngoingHttp;
        ongoing.Add();
        try
        {
            await next(context);
        }
        finally
        {
            ongoing.Add(-1);
            var outcome = ProxyOutcome.Of(context, isGrpc);
            var time = timeProvider.GetElapsedTime(begin);
            telemetry.Meter.Of(observation.Application).Record(outcome, time);
            if (span is not null)
                End(span, observation, outcome);
            if (telemetry.Log.IsAccessLogged)
                Log(context, observation, outcome, time);
        }
    }

    /// <summary>From here on the request's own header says whose child the next hop is.</summary>
    private static Activity? Begin(HttpContext context, bool isGrpc)
    {
        var headers = context.Request.Headers;
        var span = Tracing.IsOn ? Tracing.StartReceived(isGrpc ? SpanNames.ProxyGrpc : SpanNames.ProxyHttp, headers.TraceParent, headers.TraceState) : null;
        if (span is not null)
            headers.TraceParent = span.Id;
        return span;
    }

    private static void End(Activity span, ProxyObservation observation, in ProxyOutcome outcome)
    {
        if (span.IsAllDataRequested)
        {
            span.SetTag(TelemetryTags.Application, observation.Application?.Name);
            span.SetTag(TelemetryTags.Route, observation.Application?.Routes.RoutePrefix);
            span.SetTag(TelemetryTags.Method, outcome.Method);
            span.SetTag(TelemetryTags.StatusCode, outcome.Status);
            span.SetTag("request_id", observation.RequestId);
            if (outcome.IsServersFault)
                span.SetStatus(ActivityStatusCode.Error);
        }

        span.Dispose();
    }

    private void Log(HttpContext context, ProxyObservation observation, in ProxyOutcome outcome, TimeSpan time) => LogRequest(
        outcome.Method, context.Request.Path.Value ?? "", outcome.Status, time.TotalMilliseconds, observation.RequestId ?? EntryNames.Nothing, observation.Application?.Name ?? EntryNames.Nothing, observation.Application?.Routes.RoutePrefix ?? EntryNames.Nothing);

    [LoggerMessage(EventId = 6010, Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Milliseconds:0.0}ms (request {RequestId}, application {Application}, route {Route})")]
    private partial void LogRequest(string method, string path, string status, double milliseconds, string requestId, string application, string route);
}
