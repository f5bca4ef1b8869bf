using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Http;
using Serve.Routing;
using Serve.Specs;
using Serve.Wire;

namespace Serve.Server.Proxy;

/// <summary>What happens to a request, in order: the proxy's own routes, the application, the deadline, then the hop to a replica.</summary>
internal sealed class ProxyPipeline(RouteTableFeed routes, Forwarder forwarder, HttpOptions http, GrpcOptions grpc, TimeProvider timeProvider)
{
    private const string OwnRoutes = "/-/";

    private readonly string _ownRoutesBelowRoot = http.RootPath + OwnRoutes;

    public async Task InvokeAsync(HttpContext context)
    {
        var table = routes.Current;
        if (OwnRouteOf(context.Request.Path.Value) is { } own)
        {
            await OwnEndpoints.InvokeAsync(context, table, own);
            return;
        }

        var (application, prefix) = ProxyRouter.Route(table, context, http.RootPath);
        if (application is null)
        {
            await RejectAsync(context, table);
            return;
        }

        using var deadline = RequestDeadline.Start(context, TimeoutOf(context.Request), timeProvider);
        var request = new ProxyRequest(context, application, prefix, deadline);
        ProxyObservation.OnRouted(context, application, request.RequestId);
        try
        {
            await forwarder.ForwardAsync(request);
        }
        catch (ServeException exception)
        {
            await FailAsync(request, exception.Error, exception.Message);
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

    private TimeSpan? TimeoutOf(HttpRequest request) => grpc.RequestTimeout is { } timeout && ErrorResponse.IsGrpc(request) ? timeout : http.RequestTimeout;

    /// <summary>Load balancers ask for the proxy's own routes where they always are, clients under the root path.</summary>
    private string? OwnRouteOf(string? path)
    {
        if (path is null)
            return null;
        if (path.StartsWith(OwnRoutes, StringComparison.Ordinal))
            return path[OwnRoutes.Length..];
        return http.RootPath.Length > 0 && path.StartsWith(_ownRoutesBelowRoot, StringComparison.Ordinal) ? path[_ownRoutesBelowRoot.Length..] : null;
    }

    private static Task FailAsync(ProxyRequest request, ServeError error, string message)
    {
        request.Context.Features.Get<IHttpResponseFeature>()!.Headers[HopHeaders.RequestId] = request.RequestId;
        return ErrorResponse.WriteAsync(request.Context, error, message);
    }

    private static Task RejectAsync(HttpContext context, RouteTable table)
    {
        if (!table.IsPopulated)
            return ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet.");
        return ErrorResponse.WriteAsync(context, ServeError.NoRoute, ErrorResponse.IsGrpc(context.Request)
            ? $"The metadata '{ProxyRouter.ApplicationMetadata}' must name one of the applications {string.Join(", ", table.Applications.Keys)}."
            : $"No application is served at '{context.Request.Path}'; /-/routes lists them.");
    }
}
