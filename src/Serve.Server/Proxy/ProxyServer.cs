using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>The data plane's web server: one port for HTTP/1.1, one for gRPC (HTTP/2 without TLS can't share a port with HTTP/1.1).</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ProxyServer(WebApplication app)
    {
        _app = app;
    }

    /// <summary>Where it listens for HTTP.</summary>
    public Uri HttpAddress => AddressAt(0);

    /// <summary>Where it listens for gRPC.</summary>
    public Uri GrpcAddress => AddressAt(1);

    public static async Task<ProxyServer> StartAsync(HttpOptions http, GrpcOptions grpc, RouteTableFeed routes, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, http, grpc));
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(timeProvider);
        builder.Services.AddSingleton(http);
        builder.Services.AddSingleton(routes);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<Forwarder>();
        builder.Services.AddSingleton<ProxyPipeline>();
        var app = builder.Build();
        var pipeline = app.Services.GetRequiredService<ProxyPipeline>();
        app.Run(pipeline.InvokeAsync);
        await app.StartAsync(cancellationToken);
        return new ProxyServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, HttpOptions http, GrpcOptions grpc)
    {
        const int StreamWindow = 1024 * 1024;
        kestrel.AddServerHeader = false;
        kestrel.Limits.KeepAliveTimeout = http.KeepAliveTimeout;
        kestrel.Limits.MaxRequestBodySize = http.MaxRequestBodyBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * StreamWindow;
        Listen(kestrel, http.Host, http.Port, HttpProtocols.Http1);
        Listen(kestrel, http.Host, grpc.Port, HttpProtocols.Http2);
    }

    private static void Listen(KestrelServerOptions kestrel, string host, int port, HttpProtocols protocols)
    {
        void Use(ListenOptions listen) => listen.Protocols = protocols;
        kestrel.Listen(host == HttpOptions.Localhost ? IPAddress.Loopback : IPAddress.Parse(host), port, Use);
    }

    private Uri AddressAt(int index) =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(index));
}
