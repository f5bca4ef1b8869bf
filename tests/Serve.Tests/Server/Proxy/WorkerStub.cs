using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Replica.Server;
using Serve.Routing;

namespace Serve.Tests.Server.Proxy;

/// <summary>A worker as the proxy sees it: the hop on a unix socket, with a test behind it.</summary>
internal sealed class WorkerStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private WorkerStub(WebApplication app, AdmissionGate gate, ReplicaRoute route)
    {
        _app = app;
        Gate = gate;
        Route = route;
    }

    public ReplicaRoute Route { get; }

    /// <summary>Its door: a limit of 0 refuses all.</summary>
    public AdmissionGate Gate { get; }

    /// <summary>How many requests were let in.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<WorkerStub> StartAsync(string socket, string id, RequestDelegate handle, int limit = 100)
    {
        var gate = new AdmissionGate(limit);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.Services.AddSingleton<IServer>(new HopServer(new HopServerSettings
        {
            SocketPath = socket,
            Gate = gate,
            Calls = static _ => Task.CompletedTask,
            TimeProvider = TimeProvider.System,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        }));
        var app = builder.Build();
        var stub = new WorkerStub(app, gate, new ReplicaRoute(id, socket));
        app.UseWebSockets();
        app.Run(context =>
        {
            Interlocked.Increment(ref stub._requests);
            return handle(context);
        });
        await app.StartAsync();
        return stub;
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
        var forwarded = string.Concat(context.Request.Headers.Where(static header => header.Key.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase) || header.Key.StartsWith("X-Original", StringComparison.OrdinalIgnoreCase)));
        return context.Response.WriteAsync($"{context.Connection.RemoteIpAddress} {context.Request.Scheme}{forwarded}");
    }

    public async ValueTask DisposeAsync()
    {
        // What still runs is not waited for.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
