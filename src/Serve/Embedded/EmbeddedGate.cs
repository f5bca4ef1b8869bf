using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Replica;
using Serve.Routing;
using Serve.Specs;
using Serve.Wire;

namespace Serve.Embedded;

/// <summary>The first middleware of a program that serves by itself: the same limits of number and time and the same answers as through a proxy.</summary>
internal sealed class EmbeddedGate(RouteTableFeed routes, RequestRunner runner, EmbeddedOptions options, TimeProvider timeProvider)
{
    /// <summary>Paths of Serve's own, which are answered however busy the deployment is.</summary>
    private const string OwnRoutes = "/-/";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var table = routes.Current;
        if (context.Request.Path.Value is { } path && path.StartsWith(OwnRoutes, StringComparison.Ordinal))
            await OwnEndpoints.InvokeAsync(context, table, path[OwnRoutes.Length..]);
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
            var modelId = ModelIds.Of(context.Request.Headers);
            using var lease = await ingress.AcquireAsync(new PickRequest { ModelId = modelId }, deadline.Token);
            context.RequestAborted = deadline.Token;
            if (await runner.RunAsync(context, new RequestContext(requestId, EndOf(deadline), deadline.Token) { ModelId = modelId }, next))
                return;
        }
        catch (ServeException exception)
        {
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message);
            return;
        }
        catch (OperationCanceledException)
        {
            // Before it had a slot.
        }

        if (deadline.HasPassed)
            await ErrorResponse.WriteAsync(context, ServeError.Timeout, deadline.Message);
        else if (!context.Response.HasStarted)
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
    }

    private long? EndOf(RequestDeadline deadline) =>
        deadline.Remaining is { } left ? timeProvider.GetTimestamp() + (long)(left.TotalSeconds * timeProvider.TimestampFrequency) : null;
}
