using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Specs;
using Serve.Testing;
using Serve.Wire;

namespace Serve.Tests.Server.Proxy;

/// <summary>A proxy with replicas behind it, all over real sockets.</summary>
public abstract class ProxyHarness : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _parts = [];

    internal TemporaryFolder Folder { get; } = new();

    internal TestLog Log { get; } = new();

    internal RouteTableFeed Routes { get; } = new(static route => new RemoteReplica(route), TimeProvider.System);

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--)
            await _parts[i].DisposeAsync();
        Folder.Dispose();
    }

    internal async Task<ProxyServer> StartAsync(HttpOptions? http = null, GrpcOptions? grpc = null, TimeProvider? timeProvider = null)
    {
        var proxy = await ProxyServer.StartAsync((http ?? new HttpOptions()) with { Port = 0 }, (grpc ?? new GrpcOptions()) with { Port = 0 }, Routes, timeProvider ?? TimeProvider.System, Log, CancellationToken.None);
        _parts.Add(proxy);
        return proxy;
    }

    /// <summary>Serves an application with one replica.</summary>
    internal async Task<WorkerStub> ServeAsync(RequestDelegate handle, string application = "shop", string? prefix = "/", TimeSpan? timeout = null, params string[] services)
    {
        var worker = await WorkerStub.StartAsync(Folder.File($"{_parts.Count}.sock"), $"{application}#Api#1-{_parts.Count}", handle);
        _parts.Add(worker);
        Routes.Update(new ApplicationRoutes(application, prefix, "Api", [new DeploymentRoutes("Api", 100, 10, [worker.Route])], RequestTimeout: timeout, GrpcServices: services));
        return worker;
    }

    internal static HttpClient ClientOf(Uri address, Version? version = null) => new()
    {
        BaseAddress = address,
        Timeout = Eventually.Patience,
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A call of gRPC with one empty message.</summary>
    internal static HttpRequestMessage GrpcCall(string path, HttpContent? content = null)
    {
        var call = new HttpRequestMessage(HttpMethod.Post, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content ?? new ByteArrayContent(new byte[5]) };
        call.Content.Headers.ContentType = new("application/grpc");
        call.Headers.TE.ParseAdd("trailers");
        return call;
    }

    /// <summary>The status that ends a call of gRPC, in the trailers or in the headers.</summary>
    internal static string GrpcStatusOf(HttpResponseMessage response) =>
        response.TrailingHeaders.Concat(response.Headers).Single(header => header.Key == "grpc-status").Value.Single();

    /// <summary>Sends bytes as they are.</summary>
    /// <returns>What came until the proxy closed the connection.</returns>
    internal static async Task<string> SendRawAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience)) > 0)
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Closed with something unread.
        }

        return answer.ToString();
    }
}
