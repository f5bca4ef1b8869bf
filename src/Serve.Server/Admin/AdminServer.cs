using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>The admin API's web server.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    /// <summary>The largest document that may be submitted.</summary>
    private const long MaxBodyBytes = 16 * 1024 * 1024;

    private readonly WebApplication _app;

    private AdminServer(WebApplication app)
    {
        _app = app;
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<AdminServer> StartAsync(AdminOptions options, ControllerActor controller, ILogSource logs, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.Use(new BrowserGuard(options.Host).InvokeAsync);
        new AdminEndpoints(options, controller, logs).Map(app);
        await app.StartAsync(cancellationToken);
        return new AdminServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
