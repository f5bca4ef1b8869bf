using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Replica.Server;
using Serve.Http;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Replica;

/// <summary>
/// The first middleware of a worker: admits requests from proxies, or refuses them before their body is read.
/// Trusts the <c>x-serve-*</c> headers, since only Serve's own processes reach the worker's socket.
/// </summary>
internal sealed class RequestGate(AdmissionGate gate, RequestRunner runner, DeploymentInstance instance, RequestObserver observer, TimeProvider timeProvider)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.Features.Get<IRequestContextFeature>() is { } admitted ? RunAsync(context, admitted.RequestContext, next) : AdmitAsync(context, next);

    /// <summary>A request that came over the hop has its slot already.</summary>
    private async Task RunAsync(HttpContext context, RequestContext request, RequestDelegate next)
    {
        var observation = RequestObserver.Begin(instance.Scope, request, context);
        await runner.RunAsync(context, request, next);
        observer.End(observation, request, context);
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        if (!gate.TryEnter() && !await WaitAsync(context))
        {
            Refuse(context.Response);
            return;
        }

        try
        {
            var headers = context.Request.Headers;
            var request = ReadContext(context, headers);
            RestoreClient(context, headers);
            await RunAsync(context, request, next);
        }
        finally
        {
            gate.Exit();
        }
    }

    private ValueTask<bool> WaitAsync(HttpContext context) => context.Request.Headers.ContainsKey(HopHeaders.Wait)
        ? gate.EnterAsync(maxQueued: -1, context.RequestAborted)
        : ValueTask.FromResult(false);

    private static void Refuse(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers[HopHeaders.Refused] = "1";
    }

    private RequestContext ReadContext(HttpContext context, IHeaderDictionary headers)
    {
        long? deadline = null;
        if (headers.TryGetValue(HopHeaders.Timeout, out var timeout) && long.TryParse(timeout, CultureInfo.InvariantCulture, out var milliseconds))
            deadline = timeProvider.GetTimestamp() + (long)(milliseconds / 1000.0 * timeProvider.TimestampFrequency);
        var requestId = headers.TryGetValue(HopHeaders.RequestId, out var given) && !StringValues.IsNullOrEmpty(given) ? given.ToString() : Guid.NewGuid().ToString();
        return new RequestContext(requestId, deadline, context.RequestAborted) { ModelId = ModelIds.Of(context.Request) };
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
