using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Replica;

namespace Serve.Telemetry;

/// <summary>Ends the observation of requests and calls that came from outside this process: with the line in the access log.</summary>
internal sealed class RequestObserver(AccessLog access)
{
    /// <summary>The route of a request that no endpoint has taken.</summary>
    private const string NoRoute = "";

    /// <summary>Begins an HTTP request.</summary>
    public static Observation Begin(ReplicaScope scope, RequestContext request, HttpContext context)
    {
        request.Route = context.Request.PathBase.Add(context.Request.Path);
        return Observation.Begin(scope, request, context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
    }

    /// <summary>An HTTP request has ended.</summary>
    public void End(in Observation observation, RequestContext request, HttpContext context)
    {
        var status = context.Response.StatusCode;
        var time = observation.End((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? NoRoute, status);
        if (access.IsOn)
            access.Write(context.Request.Method, request.Route, status.ToString(CultureInfo.InvariantCulture), time);
    }

    /// <summary>A call through a handle has ended.</summary>
    public void EndCall(in Observation observation, RequestContext request, string method)
    {
        var time = observation.End(method);
        if (access.IsOn)
            access.Write("CALL", method, request.Aborted.IsCancellationRequested ? "CANCELLED" : request.Failure is null ? "OK" : "ERROR", time);
    }
}
