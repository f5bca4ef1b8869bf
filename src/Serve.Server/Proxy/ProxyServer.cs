using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Server.Proxy.Forwarding;
using Serve.Specs;
using Serve.Telemetry.Logs;

namespace Serve.Server.Proxy;

/// <summary>The data plane's web server: one port for HTTP/1.1, one for gRPC (HTTP/2 without TLS can't share a port with HTTP/1.1).</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TlsCertificate? _certificate;

    private ProxyServer(WebApplication app, TlsCertificate? certificate)
    {
        _app = app;
        _certificate = certificate;
    }

    /// <summary>Where it listens for HTTP.</summary>
    public Uri HttpAddress => AddressAt(0);

    /// <summary>Where it listens for gRPC.</summary>
    public Uri GrpcAddress => AddressAt(1);

    /// <exception cref="InvalidOperationException">The certificate can't be used.</exception>
    public static async Task<ProxyServer> StartAsync(HttpOptions http, GrpcOptions grpc, RouteTableFeed routes, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken, ProxyTelemetry? telemetry = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var certificate = TlsCertificate.Open(http, timeProvider, loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => ProxyKestrel.Configure(kestrel, http, grpc, certificate));
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(timeProvider);
        builder.Services.AddSingleton(http);
        builder.Services.AddSingleton(grpc);
        builder.Services.AddSingleton(routes);
        builder.Services.AddSingleton<Forwarder>();
        builder.Services.AddSingleton<RequestTimeouts>();
        builder.Services.AddSingleton<ProxyPipeline>();
        builder.Services.AddSingleton(telemetry ?? new ProxyTelemetry(new ProxyMeter(routes, node: ""), new LogControl(spec: null)));
        builder.Services.AddSingleton<ProxyObserver>();
        ProxyMiddleware.AddServices(builder.Services, http);
        var server = new ProxyServer(builder.Build(), certificate);
        try
        {
            await server.StartAsync(http, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        if (_certificate is not null)
            await _certificate.DisposeAsync();
    }

    private Task StartAsync(HttpOptions http, CancellationToken cancellationToken)
    {
        var observer = _app.Services.GetRequiredService<ProxyObserver>();
        _app.Use(next => context => observer.InvokeAsync(context, next));
        ProxyMiddleware.Use(_app, http);
        _app.Run(_app.Services.GetRequiredService<ProxyPipeline>().InvokeAsync);
        return _app.StartAsync(cancellationToken);
    }

    private Uri AddressAt(int index) =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(index));
}
