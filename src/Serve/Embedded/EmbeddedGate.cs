using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Serve.Http;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>
/// The first middleware of a program that serves by itself: the same limits of number and time and the same answers as through a proxy, by
/// the same classes. Only the hop is missing.
/// </summary>
internal sealed class EmbeddedGate(RouteTableFeed routes, RequestRunner runner, RequestObserver observer, EmbeddedMetrics metrics, EmbeddedGrpcHealth health, EmbeddedOptions options, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    /// <summary>Paths of Serve's own, which are answered however busy the deployment is.</summary>
    private const string OwnRoutes = "/-/";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var table = routes.Current;
        if (context.Request.Path.Value is { } path && path.StartsWith(OwnRoutes, StringComparison.Ordinal))
            await (path[OwnRoutes.Length..] is var own and not EmbeddedMetrics.Name ? OwnEndpoints.InvokeAsync(context, table, own) : metrics.WriteAsync(context));
        else if (GrpcOwnEndpoints.ServiceOf(context.Request) is { } service && !health.Has(service))
            await GrpcOwnEndpoints.InvokeAsync(context, table, health, lifetime.ApplicationStopping);
        else if (GrpcOwnEndpoints.IsHealth(context.Request))
            // The program answers this itself: at once, however busy its deployments are, and for as long as somebody watches.
            await next(context);
        else if (ApplicationFinder.Find(table, context, root: "") is not ({ } application, _))
            await ErrorResponse.WriteAsync(context, ServeError.NoRoute, ApplicationFinder.Explain(table, context.Request));
        else if (application.Ingress is { } ingress)
            await AdmitAsync(context, application, ingress, next);
        else
            await next(context);
    }

    private async Task AdmitAsync(HttpContext context, ApplicationRouter application, DeploymentRouter ingress, RequestDelegate next)
    {
        var requestId = RequestIds.Of(context.Request);
        context.Response.Headers[HopHeaders.RequestId] = requestId;
        StreamLimits.LiftForSockets(context);
        using var deadline = new RequestDeadline(ClientTimeouts.Of(context.Request, application.Routes, options.Timeouts), timeProvider, ClientPresence.Observe(context));
        try
        {
            RateLimitGate.Check(application.RateLimit, context);
            var pick = RequestHints.Read(context.Request, options.SessionHeader, deadline.EndsAt);
            using var lease = await ingress.AcquireAsync(pick, deadline.Token);
            context.RequestAborted = deadline.Token;
            var request = new RequestContext(requestId, deadline.EndsAt, deadline.Token) { ModelId = pick.ModelId, Priority = pick.Priority };
            var observation = RequestObserver.Begin(((LocalReplica)lease.Replica).Instance.Scope, request, context);
            if (!await runner.RunAsync(context, request, next))
                await GiveUpAsync(context, deadline);
            observer.End(observation, context);
        }
        catch (ServeException exception)
        {
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message, exception.RetryAfter);
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
}
