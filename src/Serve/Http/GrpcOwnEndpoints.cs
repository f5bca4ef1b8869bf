using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Http;

/// <summary>
/// What gRPC clients may ask Serve itself: the service of Ray Serve (<c>ray.serve.RayServeAPIService</c>: <c>Healthz</c>, <c>ListApplications</c>)
/// and the usual one for load balancers (<c>grpc.health.v1.Health</c>: <c>Check</c>, <c>Watch</c>; grpc/grpc, doc/health-checking.md).
/// </summary>
internal static class GrpcOwnEndpoints
{
    private const string Healthz = "/ray.serve.RayServeAPIService/Healthz";
    private const string ListApplications = "/ray.serve.RayServeAPIService/ListApplications";
    private const string Health = "grpc.health.v1.Health";
    private const string Check = $"/{Health}/Check";
    private const string Watch = $"/{Health}/Watch";

    /// <summary>The statuses of a service in a HealthCheckResponse.</summary>
    private const byte Serving = 1;
    private const byte NotServing = 2;
    private const byte ServiceUnknown = 3;

    private const string Unimplemented = "12";
    private const string Internal = "13";

    /// <summary>
    /// Whether a request is for Serve itself. An application that is named by the metadata gets its calls itself, and so does one that alone has another service than that of health:
    /// what load balancers ask again and again must neither wake an application nor wait in its line.
    /// </summary>
    public static bool Has(HttpRequest request, RouteTable table) =>
        ServiceOf(request) is { } service && !request.Headers.ContainsKey(ApplicationFinder.ApplicationMetadata) && (service == Health || table.FindService(service) is null);

    /// <summary>Whether a request asks for health.</summary>
    public static bool IsHealth(HttpRequest request) => ServiceOf(request) == Health;

    /// <returns>The name of the service of Serve's own that a request is for, or null.</returns>
    public static string? ServiceOf(HttpRequest request) =>
        request.Path.Value is (Healthz or ListApplications or Check or Watch) and var path && ErrorResponse.IsGrpc(request) ? path[1..path.LastIndexOf('/')] : null;

    /// <param name="context">The request.</param>
    /// <param name="table">The routes.</param>
    /// <param name="health">Says how the services are.</param>
    /// <param name="stopping">Cancelled when this process begins to end: nothing is serving any more, and who watches is let go.</param>
    public static async Task InvokeAsync(HttpContext context, RouteTable table, IGrpcHealthView health, CancellationToken stopping)
    {
        try
        {
            await AnswerAsync(context, table, health, stopping);
        }
        catch (ServeException exception)
        {
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Who watched has gone.
        }
    }

    private static Task AnswerAsync(HttpContext context, RouteTable table, IGrpcHealthView health, CancellationToken stopping) => context.Request.Path.Value switch
    {
        _ when !context.Response.SupportsTrailers() => RefuseProtocolAsync(context),
        Check => CheckAsync(context, health, stopping),
        Watch => WatchAsync(context, health, stopping),
        _ when !table.IsPopulated => ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet."),
        Healthz => GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Texts(["success"])),
        _ => GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Texts(table.Applications.Keys)),
    };

    private static async Task CheckAsync(HttpContext context, IGrpcHealthView health, CancellationToken stopping)
    {
        if (await GrpcOwnMessages.ReadTextAsync(context) is not { } service)
            await RefuseCompressedAsync(context);
        else if (health.IsServing(service) is { } isServing)
            await GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Small(isServing && !stopping.IsCancellationRequested ? Serving : NotServing));
        else
            await ErrorResponse.WriteAsync(context, ServeError.NoRoute, $"No application has a service '{service}'.");
    }

    /// <summary>Sends the status, and each that follows, until the client goes or this process ends.</summary>
    private static async Task WatchAsync(HttpContext context, IGrpcHealthView health, CancellationToken stopping)
    {
        StreamLimits.Lift(context);
        if (await GrpcOwnMessages.ReadTextAsync(context) is not { } service)
        {
            await RefuseCompressedAsync(context);
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        byte? last = null;
        while (true)
        {
            var changed = health.WhenChangedAsync();
            var isStopping = stopping.IsCancellationRequested;
            var status = health.IsServing(service) switch { true when !isStopping => Serving, not null => NotServing, null => ServiceUnknown };
            if (status != last)
            {
                GrpcOwnMessages.Write(context.Response, GrpcOwnMessages.Small(status));
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }

            last = status;
            if (isStopping)
                throw new ServeException(ServeError.Unavailable, "The server ends.");
            await changed.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private static Task RefuseProtocolAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        context.Response.Headers.Upgrade = HttpProtocol.Http2;
        return GrpcOwnMessages.RefuseAsync(context.Response, Internal, $"gRPC needs HTTP/2, but the request came by {context.Request.Protocol}.");
    }

    private static Task RefuseCompressedAsync(HttpContext context)
    {
        context.Response.Headers["grpc-accept-encoding"] = "identity";
        return GrpcOwnMessages.RefuseAsync(context.Response, Unimplemented, "The message is compressed; Serve's own services take messages as they are.");
    }
}
