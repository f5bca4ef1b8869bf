using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Http;
using Serve.Replica;
using Serve.Routing;
using Serve.Specs;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>The first middleware of a program that serves by itself: the same admission and the same answers as through a proxy.</summary>
internal sealed class EmbeddedGate(RouteTableFeed routes, RequestRunner runner, RequestObserver observer)
{
    /// <summary>Paths of Serve's own, which are answered however busy the deployment is.</summary>
    public const string OwnRoutes = "/-";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var router = routes.Current.Applications.GetValueOrDefault(ApplicationSpec.DefaultName)?.Ingress;
        if (router is null || context.Request.Path.StartsWithSegments(OwnRoutes, StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        var requestId = RequestIdOf(context.Request);
        context.Response.Headers[HopHeaders.RequestId] = requestId;
        ReplicaLease lease;
        try
        {
            lease = await router.AcquireAsync(avoid: null, context.RequestAborted);
        }
        catch (ServeException exception)
        {
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message);
            return;
        }
        catch (OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        using (lease)
        {
            var request = new RequestContext(requestId, deadline: null, context.RequestAborted) { Route = context.Request.Path };
            var observation = observer.Begin(((LocalReplica)lease.Replica).Meter, request, context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
            await runner.RunAsync(context, request, next);
            observer.End(observation, request, context);
        }
    }

    private static string RequestIdOf(HttpRequest request)
    {
        var given = request.Headers[HopHeaders.RequestId];
        return StringValues.IsNullOrEmpty(given) ? Guid.NewGuid().ToString() : given.ToString();
    }
}
