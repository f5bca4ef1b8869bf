using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Server.Admin.Events;
using Serve.Server.Admin.Explain;
using Serve.Server.Admin.Load;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Telemetry;

namespace Serve.Server.Admin;

/// <summary>The admin API's web server.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    /// <summary>The largest document that may be submitted.</summary>
    public const long MaxBodyBytes = 10 * 1024 * 1024;

    /// <summary>How many of the last events a client can catch up with: hours on a quiet server, a large rollout on a busy one.</summary>
    private const int KeptEvents = 8192;

    private readonly WebApplication _app;
    private readonly EventFeed _events;

    private AdminServer(WebApplication app, EventFeed events)
    {
        _app = app;
        _events = events;
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<AdminServer> StartAsync(
        AdminOptions options, ControllerActor controller, AutoscalerLoop autoscaler, ILogSource logs, TimeProvider timeProvider, ILoggerFactory loggers, MetricsPage metrics, CancellationToken cancellationToken)
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
        app.Use(new AdminErrors(controller, loggers.CreateLogger<AdminErrors>()).InvokeAsync);
        var events = new EventFeed(controller, KeptEvents, timeProvider, loggers.CreateLogger<EventFeed>());
        if (autoscaler.Policies is { } policies)
            policies.OnNotice = events.Add;
        new AdminEndpoints(options, controller, logs).Map(app);
        new ApplicationEndpoints(controller).Map(app);
        new RevisionEndpoints(controller).Map(app);
        new ScaleEndpoint(controller).Map(app);
        new ExplainEndpoint(controller, autoscaler).Map(app);
        new LoadEndpoints(controller, autoscaler).Map(app);
        new EventsEndpoint(events, timeProvider).Map(app);
        app.MapGet(MetricsEndpoint.Path, new MetricsEndpoint(metrics).InvokeAsync);
        await app.StartAsync(cancellationToken);
        return new AdminServer(app, events);
    }

    public async ValueTask DisposeAsync()
    {
        // Those who listen to events would hold the end of the web server up.
        await _events.DisposeAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
