using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Tests.Server.Proxies;

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
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket + Serve.Wire.RemoteReplica.Http2Suffix, static listen => listen.Protocols = HttpProtocols.Http2));
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

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
