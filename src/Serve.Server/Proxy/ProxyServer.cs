using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Specs;
using Serve.Telemetry.Logs;

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

    /// <exception cref="InvalidOperationException">The certificate can't be used.</exception>
    public static async Task<ProxyServer> StartAsync(HttpOptions http, GrpcOptions grpc, RouteTableFeed routes, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken, ProxyTelemetry? telemetry = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var tls = TlsOptions.Read(http);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, http, grpc, tls));
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(timeProvider);
        builder.Services.AddSingleton(http);
        builder.Services.AddSingleton(grpc);
        builder.Services.AddSingleton(routes);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<Forwarder>();
        builder.Services.AddSingleton<ProxyPipeline>();
        builder.Services.AddSingleton(telemetry ?? new ProxyTelemetry(new ProxyMeter(routes, node: ""), new LogControl(spec: null)));
        builder.Services.AddSingleton<ProxyObserver>();
        var app = builder.Build();
        var pipeline = app.Services.GetRequiredService<ProxyPipeline>();
        var observer = app.Services.GetRequiredService<ProxyObserver>();
        app.Run(context => observer.InvokeAsync(context, pipeline.InvokeAsync));
        await app.StartAsync(cancellationToken);
        return new ProxyServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, HttpOptions http, GrpcOptions grpc, HttpsConnectionAdapterOptions? tls)
    {
        const int StreamWindow = 1024 * 1024;
        kestrel.AddServerHeader = false;
        kestrel.Limits.KeepAliveTimeout = http.KeepAliveTimeout;
        kestrel.Limits.MaxRequestBodySize = http.MaxRequestBodyBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * StreamWindow;
        var address = http.Host == HttpOptions.Localhost ? IPAddress.Loopback : IPAddress.Parse(http.Host);
        kestrel.Listen(address, http.Port, listen =>
        {
            // TLS lets a client choose the protocol; without it only HTTP/1.1 is understood by all.
            listen.Protocols = tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (tls is not null)
                listen.UseHttps(tls);
        });
        kestrel.Listen(address, grpc.Port, static listen => listen.Protocols = HttpProtocols.Http2);
    }

    private Uri AddressAt(int index) =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(index));
}
