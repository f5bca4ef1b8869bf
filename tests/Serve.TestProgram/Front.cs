using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Serve.TestProgram;

/// <summary>The ingress: endpoints that show what a client, a replica and a call look like from inside.</summary>
[Deployment(NumCpus = 0.1, HealthCheckPeriodSeconds = 0.2, HealthCheckTimeoutSeconds = 1, GracefulShutdownTimeoutSeconds = 10)]
public sealed class Front(DeploymentHandle<IEcho> echo, ReplicaContext context, IOptions<TestArgs> args) : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/pid", () => Environment.ProcessId.ToString());
        endpoints.MapGet("/version", (Front front) => front.Version);
        endpoints.MapGet("/context", (Front front) => front.Context);
        endpoints.MapGet("/file", (string path) => File.ReadAllText(path));
        endpoints.MapGet("/env", (string name) => Environment.GetEnvironmentVariable(name) ?? "unset");
        endpoints.MapGet("/request", (HttpContext http) => new
        {
            PathBase = http.Request.PathBase.Value,
            Path = http.Request.Path.Value,
            Host = http.Request.Host.Value,
            http.Request.Scheme,
            Client = http.Connection.RemoteIpAddress?.ToString(),
            Headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
        });
        endpoints.MapGet("/throw", string () => throw new InvalidOperationException("a secret of the program"));
        endpoints.MapGet("/crash", () => Environment.FailFast("crash on request"));
        endpoints.MapGet("/block", BlockThreadPool);
        endpoints.MapMethods("/wait", ["GET", "POST"], async (double seconds, CancellationToken cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken);
            return Environment.ProcessId.ToString();
        });
        endpoints.MapGet("/stream", (int count, double pause, HttpContext http) => StreamAsync(http, count, pause));
        endpoints.MapPost("/upload", async (HttpRequest request) => Convert.ToHexString(await SHA256.HashDataAsync(request.Body)));
        endpoints.Map("/socket", EchoSocketAsync);
        endpoints.MapGet("/echo", (Front front, string text, CancellationToken cancellationToken) => front.Echo.EchoAsync(text, cancellationToken));
        endpoints.MapGet("/echo-fail", (Front front, string message) => front.Echo.FailAsync(message));
        endpoints.MapGet("/echo-caught", (Front front, string message) => front.CatchAsync(message));
        endpoints.MapGet("/echo-wait", (Front front, double seconds, CancellationToken cancellationToken) => front.Echo.WaitAsync(seconds, cancellationToken));
        endpoints.MapGet("/echo-count", (Front front, int count, int failAt, CancellationToken cancellationToken) => front.CountAsync(count, failAt, cancellationToken));
        endpoints.MapGet("/echo-double", (Front front, int count, CancellationToken cancellationToken) => front.DoubleAsync(count, cancellationToken));
        endpoints.MapGet("/echo-invert", async (Front front) => (await front.Echo.InvertAsync(new Tensor<byte>(new byte[] { 0, 1, 2, 3, 4, 5 }, 2, 3))).ToString());
    }

    private IEcho Echo => echo.Remote;

    private ReplicaContext Context => context;

    private string Version => args.Value.Version;

    private async Task<string> CatchAsync(string message)
    {
        try
        {
            await Echo.FailAsync(message);
            return "nothing was thrown";
        }
        catch (RemoteException exception) when (exception.Is<FormatException>())
        {
            return $"{exception.Deployment}: {exception.RemoteMessage}; stack: {exception.RemoteStackTrace?.Contains("FailAsync")}";
        }
    }

    private async Task<string> CountAsync(int count, int failAt, CancellationToken cancellationToken)
    {
        var sum = 0;
        try
        {
            await foreach (var item in Echo.CountAsync(count, failAt, cancellationToken))
                sum += item;
        }
        catch (RemoteException exception)
        {
            return $"{sum}, then {exception.ExceptionType}";
        }

        return sum.ToString();
    }

    private async Task<double> DoubleAsync(int count, CancellationToken cancellationToken)
    {
        var doubled = await Echo.DoubleAsync([.. Enumerable.Range(0, count).Select(i => (float)i)], cancellationToken);
        return doubled.Sum(value => (double)value);
    }

    /// <summary>What code does to its process that waits for its tasks in place of awaiting them.</summary>
    private static void BlockThreadPool()
    {
        for (var i = 0; i < 10_000; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static _ => new ManualResetEventSlim().Wait(), state: null);
    }

    private static async Task StreamAsync(HttpContext http, int count, double pause)
    {
        for (var i = 0; i < count; i++)
        {
            await http.Response.WriteAsync($"{i}\n", http.RequestAborted);
            await Task.Delay(TimeSpan.FromSeconds(pause), TimeProvider.System, http.RequestAborted);
        }
    }

    private static async Task EchoSocketAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, http.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
    }
}
