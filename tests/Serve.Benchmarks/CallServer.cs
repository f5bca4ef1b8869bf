using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Replica;
using Serve.Replica.Server;
using Serve.Routing;

namespace Serve.Benchmarks;

/// <summary>A worker's server without a web application behind it: it answers calls of handles only.</summary>
internal sealed class CallServer : IHttpApplication<IFeatureCollection>, IAsyncDisposable
{
    private readonly HopServer _server;

    private CallServer(HopServer server)
    {
        _server = server;
    }

    public static CallServer Listen(string socketPath, AdmissionGate gate, CallEndpoint calls, TimeProvider timeProvider)
    {
        var server = new CallServer(new HopServer(new HopServerSettings
        {
            SocketPath = socketPath,
            Gate = gate,
            Calls = call => calls.RunAsync(call.Stream, call.OpenedAt, call.Leave),
            TimeProvider = timeProvider,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        }));
        _ = server._server.StartAsync(server, CancellationToken.None);
        return server;
    }

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public Task ProcessRequestAsync(IFeatureCollection context) => throw new NotSupportedException("Only calls are answered here.");

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    /// <summary>Ends all connections and listens no more, as a process that ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }
}
