using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Serve.Http;
using Serve.Routing;
using Serve.Server.Proxy.Forwarding;
using Serve.Specs;
using Serve.Wire;

namespace Serve.Server.Proxy;

/// <summary>What happens to a request, in order: what nobody may send is refused, then the proxy's own routes, the application, the deadline, and the hop to a replica.</summary>
internal sealed class ProxyPipeline(RouteTableFeed routes, Forwarder forwarder, RequestTimeouts timeouts, HttpOptions http, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    private const string OwnRoutes = "/-/";

    private readonly RoutedGrpcHealth _health = new(routes);
    private readonly string _ownRoutesBelowRoot = http.RootPath + OwnRoutes;

    public Task InvokeAsync(HttpContext context)
    {
        if (RequestFraming.IsAmbiguous(context.Request))
            return RequestFraming.RefuseAsync(context);
        var table = routes.Current;
        if (OwnRouteOf(context.Request.Path.Value) is { } own)
            return OwnEndpoints.InvokeAsync(context, table, own);
        if (GrpcOwnEndpoints.Has(context.Request, table))
            return GrpcOwnEndpoints.InvokeAsync(context, table, _health, lifetime.ApplicationStopping);
        var (application, prefix) = ApplicationFinder.Find(table, context, http.RootPath);
        return application is null ? RejectAsync(context, table) : ForwardAsync(context, application, prefix);
    }

    private async Task ForwardAsync(HttpContext context, ApplicationRouter application, string? prefix)
    {
        StreamLimits.LiftForCallsAndSockets(context);
        using var deadline = new RequestDeadline(ClientTimeouts.Of(context.Request, application.Routes, timeouts), timeProvider, ClientPresence.Observe(context), isForwarded: true);
        var request = new ProxyRequest(context, application, prefix, deadline) { Hints = RequestHints.Read(context.Request, http.SessionIdHeader, deadline.EndsAt) };
        ProxyObservation.OnRouted(context, application, request.RequestId);
        try
        {
            RateLimitGate.Check(application.RateLimit, context);
            await forwarder.ForwardAsync(request);
        }
        catch (ServeException exception)
        {
            await FailAsync(request, exception.Error, exception.Message, exception.RetryAfter);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            await FailAsync(request, ServeError.Timeout, deadline.Message);
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>Load balancers ask for the proxy's own routes where they always are, clients under the root path.</summary>
    private string? OwnRouteOf(string? path)
    {
        if (path is null)
            return null;
        if (path.StartsWith(OwnRoutes, StringComparison.Ordinal))
            return path[OwnRoutes.Length..];
        return http.RootPath.Length > 0 && path.StartsWith(_ownRoutesBelowRoot, StringComparison.Ordinal) ? path[_ownRoutesBelowRoot.Length..] : null;
    }

    private static Task FailAsync(ProxyRequest request, ServeError error, string message, TimeSpan? retryAfter = null)
    {
        if (request.HasBegunAnswer)
        {
            ErrorResponse.CutOff(request.Context, error, message);
            return Task.CompletedTask;
        }

        request.Context.Features.Get<IHttpResponseFeature>()!.Headers[HopHeaders.RequestId] = request.RequestId;
        return ErrorResponse.WriteAsync(request.Context, error, message, retryAfter);
    }

    private static Task RejectAsync(HttpContext context, RouteTable table)
    {
        if (!table.IsPopulated)
            return ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet.");
        return ErrorResponse.WriteAsync(context, ServeError.NoRoute, ApplicationFinder.Explain(table, context.Request));
    }
}
