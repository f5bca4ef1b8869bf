using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Replica;
using Serve.Routing;
using Serve.Specs;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>The first middleware of a program that serves by itself: the same limits of number and time and the same answers as through a proxy.</summary>
internal sealed class EmbeddedGate(RouteTableFeed routes, RequestRunner runner, RequestObserver observer, EmbeddedMetrics metrics, EmbeddedOptions options, TimeProvider timeProvider)
{
    /// <summary>Paths of Serve's own, which are answered however busy the deployment is.</summary>
    private const string OwnRoutes = "/-/";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var table = routes.Current;
        if (context.Request.Path.Value is { } path && path.StartsWith(OwnRoutes, StringComparison.Ordinal))
            await (path[OwnRoutes.Length..] is var own and not EmbeddedMetrics.Name ? OwnEndpoints.InvokeAsync(context, table, own) : metrics.WriteAsync(context));
        else if (table.Applications.GetValueOrDefault(ApplicationSpec.DefaultName)?.Ingress is { } ingress)
            await AdmitAsync(context, ingress, next);
        else
            await next(context);
    }

    private async Task AdmitAsync(HttpContext context, DeploymentRouter ingress, RequestDelegate next)
    {
        var requestId = RequestIds.Of(context.Request);
        context.Response.Headers[HopHeaders.RequestId] = requestId;
        using var deadline = RequestDeadline.Start(context, options.RequestTimeout, timeProvider);
        try
        {
            using var lease = await ingress.AcquireAsync(default, deadline.Token);
            context.RequestAborted = deadline.Token;
            var request = new RequestContext(requestId, EndOf(deadline), deadline.Token) { Route = context.Request.Path };
            var observation = observer.Begin(((LocalReplica)lease.Replica).Meter, request, context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
            if (!await runner.RunAsync(context, request, next))
                await GiveUpAsync(context, deadline);
            observer.End(observation, request, context);
        }
        catch (ServeException exception)
        {
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message);
        }
        catch (OperationCanceledException)
        {
            // Before it had a slot.
            await GiveUpAsync(context, deadline);
        }
    }

    /// <summary>Its time is up, or the client has gone.</summary>
    private static async Task GiveUpAsync(HttpContext context, RequestDeadline deadline)
    {
        if (deadline.HasPassed)
            await ErrorResponse.WriteAsync(context, ServeError.Timeout, deadline.Message);
        else if (!context.Response.HasStarted)
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
    }

    private long? EndOf(RequestDeadline deadline) =>
        deadline.Remaining is { } left ? timeProvider.GetTimestamp() + (long)(left.TotalSeconds * timeProvider.TimestampFrequency) : null;
}
