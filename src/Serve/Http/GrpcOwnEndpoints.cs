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
    private const string Check = "/grpc.health.v1.Health/Check";
    private const string Watch = "/grpc.health.v1.Health/Watch";

    /// <summary>The statuses of a service in a HealthCheckResponse.</summary>
    private const byte Serving = 1;
    private const byte NotServing = 2;
    private const byte ServiceUnknown = 3;

    /// <summary>Whether a request is for Serve itself. An application that alone has such a service, or is named by the metadata, gets its calls itself.</summary>
    public static bool Has(HttpRequest request, RouteTable table) =>
        ServiceOf(request) is { } service && !request.Headers.ContainsKey(ApplicationFinder.ApplicationMetadata) && table.FindService(service) is null;

    /// <returns>The name of the service of Serve's own that a request is for, or null.</returns>
    public static string? ServiceOf(HttpRequest request) =>
        request.Path.Value is (Healthz or ListApplications or Check or Watch) and var path && ErrorResponse.IsGrpc(request) ? path[1..path.LastIndexOf('/')] : null;

    public static async Task InvokeAsync(HttpContext context, RouteTable table, IGrpcHealthView health)
    {
        try
        {
            await AnswerAsync(context, table, health);
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

    private static Task AnswerAsync(HttpContext context, RouteTable table, IGrpcHealthView health) => context.Request.Path.Value switch
    {
        Check => CheckAsync(context, health),
        Watch => WatchAsync(context, health),
        _ when !table.IsPopulated => ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet."),
        Healthz => GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Texts(["success"])),
        _ => GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Texts(table.Applications.Keys)),
    };

    private static async Task CheckAsync(HttpContext context, IGrpcHealthView health)
    {
        var service = await GrpcOwnMessages.ReadTextAsync(context);
        if (health.IsServing(service) is { } isServing)
            await GrpcOwnMessages.AnswerAsync(context.Response, GrpcOwnMessages.Small(isServing ? Serving : NotServing));
        else
            await ErrorResponse.WriteAsync(context, ServeError.NoRoute, $"No application has a service '{service}'.");
    }

    /// <summary>Sends the status, and each that follows, until the client goes.</summary>
    private static async Task WatchAsync(HttpContext context, IGrpcHealthView health)
    {
        StreamLimits.Lift(context);
        var service = await GrpcOwnMessages.ReadTextAsync(context);
        byte? last = null;
        while (true)
        {
            var changed = health.WhenChangedAsync();
            var status = health.IsServing(service) switch { true => Serving, false => NotServing, null => ServiceUnknown };
            if (status != last)
            {
                GrpcOwnMessages.Write(context.Response, GrpcOwnMessages.Small(status));
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }

            last = status;
            await changed.WaitAsync(context.RequestAborted);
        }
    }
}
