using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Tests.Server.Proxy;

/// <summary>A worker as the proxy sees it: HTTP/2 on a unix socket, with a test behind it.</summary>
internal sealed class WorkerStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private WorkerStub(WebApplication app, ReplicaRoute route)
    {
        _app = app;
        Route = route;
    }

    public ReplicaRoute Route { get; }

    /// <summary>How many requests have come, refused ones too.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<WorkerStub> StartAsync(string socket, string id, RequestDelegate handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenUnixSocket(socket + RemoteReplica.Http2Suffix, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddLogging();
        var app = builder.Build();
        var stub = new WorkerStub(app, new ReplicaRoute(id, socket));
        app.Run(context =>
        {
            Interlocked.Increment(ref stub._requests);
            return handle(context);
        });
        await app.StartAsync();
        return stub;
    }

    /// <summary>What a full replica answers.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers[HopHeaders.Refused] = "1";
        return Task.CompletedTask;
    }

    /// <summary>Answers with the body of the request.</summary>
    public static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        await context.Response.WriteAsync(await reader.ReadToEndAsync());
    }

    /// <summary>Answers with the client's address and scheme as a worker learns them, and with what came in <c>X-Forwarded-*</c> headers.</summary>
    public static Task DescribeClientAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var forwarded = string.Concat(headers.Where(static header => header.Key.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase) || header.Key.StartsWith("X-Original", StringComparison.OrdinalIgnoreCase)));
        var scheme = headers[HopHeaders.ClientScheme].ToString();
        return context.Response.WriteAsync($"{headers[HopHeaders.ClientAddress]} {(scheme.Length == 0 ? "http" : scheme)}{forwarded}");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
