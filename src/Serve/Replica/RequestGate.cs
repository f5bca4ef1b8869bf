using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Replica;

/// <summary>
/// The first middleware of a worker: admits requests from proxies and calls from handles, or refuses them before their body is read.
/// Trusts the <c>x-serve-*</c> headers, since only Serve's own processes reach the worker's socket.
/// </summary>
internal sealed class RequestGate(AdmissionGate gate, CallEndpoint calls, RequestRunner runner, ReplicaMeter meter, RequestObserver observer, TimeProvider timeProvider)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!gate.TryEnter() && !await WaitAsync(context))
        {
            Refuse(context.Response);
            return;
        }

        try
        {
            var headers = context.Request.Headers;
            if (headers.TryGetValue(HopHeaders.Call, out var method))
                await CallAsync(context, method.ToString());
            else
                await RunAsync(context, next);
        }
        finally
        {
            gate.Exit();
        }
    }

    private async Task CallAsync(HttpContext context, string method)
    {
        var request = ReadContext(context, method);
        var observation = observer.Begin(meter, request, context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
        await calls.InvokeAsync(context, request, method);
        observer.EndCall(observation, request, method);
    }

    private async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var request = ReadContext(context, context.Request.Path);
        var observation = observer.Begin(meter, request, context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
        RestoreClient(context, context.Request.Headers);
        await runner.RunAsync(context, request, next);
        observer.End(observation, request, context);
    }

    private ValueTask<bool> WaitAsync(HttpContext context) => context.Request.Headers.ContainsKey(HopHeaders.Wait)
        ? gate.EnterAsync(maxQueued: -1, context.RequestAborted)
        : ValueTask.FromResult(false);

    private static void Refuse(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers[HopHeaders.Refused] = "1";
    }

    private RequestContext ReadContext(HttpContext context, string route)
    {
        var headers = context.Request.Headers;
        long? deadline = null;
        if (headers.TryGetValue(HopHeaders.Timeout, out var timeout) && long.TryParse(timeout, CultureInfo.InvariantCulture, out var milliseconds))
            deadline = timeProvider.GetTimestamp() + (long)(milliseconds / 1000.0 * timeProvider.TimestampFrequency);
        var requestId = headers.TryGetValue(HopHeaders.RequestId, out var given) && !StringValues.IsNullOrEmpty(given) ? given.ToString() : Guid.NewGuid().ToString();
        return new RequestContext(requestId, deadline, context.RequestAborted) { Route = route };
    }

    /// <summary>Shows the user's code the client's request rather than the proxy's: path base, scheme and address.</summary>
    private static void RestoreClient(HttpContext context, IHeaderDictionary headers)
    {
        if (headers.TryGetValue(HopHeaders.RoutePrefix, out var prefix)
            && context.Request.Path.StartsWithSegments(prefix.ToString(), StringComparison.Ordinal, out var matched, out var rest))
        {
            context.Request.PathBase = context.Request.PathBase.Add(matched);
            context.Request.Path = rest;
        }

        if (headers.TryGetValue(HopHeaders.ClientScheme, out var scheme))
            context.Request.Scheme = scheme.ToString();
        if (headers.TryGetValue(HopHeaders.ClientAddress, out var address) && IPAddress.TryParse(address, out var parsed))
            context.Connection.RemoteIpAddress = parsed;
    }
}
