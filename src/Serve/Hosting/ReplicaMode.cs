using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Handles;
using Serve.Replica;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Wire;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>The program becomes one replica: it asks its agent what to be, listens on a unix socket only, and serves the assigned deployment.</summary>
internal static class ReplicaMode
{
    private const int StreamWindow = 1024 * 1024;

    public static void Add(WebApplicationBuilder builder, DeploymentCatalog catalog, ServeMode mode)
    {
        var link = ReplicaLink.Connect(mode.AgentSocket, mode.Replica);
        var assignment = link.Assignment;
        var type = catalog.Get(assignment.Replica.Deployment.Name);
        builder.Configuration.AddArgs(assignment.Args);
        Listen(builder, assignment);
        var context = new ReplicaContext(assignment.Replica.Deployment.Application, type.Name, assignment.Replica.ToString(), IsEmbedded: false);
        var services = builder.Services;
        ReplicaTelemetry.Add(builder, context, assignment);
        services.AddSingleton(link);
        services.AddSingleton(provider => new HandleRoutes(
            provider.GetRequiredService<RouteTableFeed>(), context.Application, application => link.Send(new WatchRoutes(application)), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new AdmissionGate(assignment.Settings.MaxOngoingRequests));
        services.AddSingleton(provider => new RouteTableFeed(
            route => route.Id == context.ReplicaId
                ? new LocalReplica(route.Id, provider.GetRequiredService<DeploymentInstance>(), provider.GetRequiredService<AdmissionGate>())
                : new RemoteReplica(route),
            provider.GetRequiredService<TimeProvider>()));
        DeploymentInstance.Register(services, type, _ => context, count: 1);
        services.AddSingleton(provider => new DeploymentInstance(type, provider, index: 0) { Scope = ScopeOf(context, provider) });
        services.AddSingleton<SettingsUpdate>();
        services.AddSingleton<CallEndpoint>();
        services.AddSingleton<RequestGate>();
        services.AddSingleton<HopServerLog>();
        services.AddSingleton(provider => NewHopServer(provider, assignment));
        ServeBothProtocols(services);
        services.AddSingleton<IStartupFilter, GateFilter>();
        services.AddSingleton<IHostLifetime, ReplicaLifetime>();
        services.AddHostedService<ReplicaHost>();
    }

    private static ReplicaScope ScopeOf(ReplicaContext context, IServiceProvider provider)
    {
        var scope = ReplicaScope.For(context, provider);
        var gate = provider.GetRequiredService<AdmissionGate>();
        scope.Meter.Limit = () => gate.Limit;
        return scope;
    }

    private static void Listen(WebApplicationBuilder builder, ReplicaAssignment assignment)
    {
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
        {
            // The program's own endpoints are for when it runs alone: two replicas can't listen on one port.
            kestrel.ConfigurationLoader = null;
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = assignment.Settings.MaxRequestBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 16 * StreamWindow;
            kestrel.ListenUnixSocket(assignment.Socket + RemoteReplica.Http2Suffix, listen => listen.Protocols = HttpProtocols.Http2);
        });
    }

    private static HopServer NewHopServer(IServiceProvider provider, ReplicaAssignment assignment) => new(new HopServerSettings
    {
        SocketPath = assignment.Socket,
        Gate = provider.GetRequiredService<AdmissionGate>(),
        Calls = provider.GetRequiredService<CallEndpoint>().AnswerAsync,
        MaxRequestBodySize = assignment.Settings.MaxRequestBodyBytes,
        TimeProvider = provider.GetRequiredService<TimeProvider>(),
        Log = provider.GetRequiredService<HopServerLog>(),
    });

    /// <summary>As long as proxies and handles come over HTTP/2, Kestrel listens beside the hop.</summary>
    private static void ServeBothProtocols(IServiceCollection services)
    {
        var kestrel = services.Last(static service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.AddSingleton<IServer>(provider => new TwoServers((IServer)ActivatorUtilities.CreateInstance(provider, kestrel), provider.GetRequiredService<HopServer>()));
    }

    private sealed class TwoServers(IServer kestrel, HopServer hop) : IServer
    {
        public IFeatureCollection Features => kestrel.Features;

        public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull
        {
            await kestrel.StartAsync(application, cancellationToken);
            await hop.StartAsync(application, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(kestrel.StopAsync(cancellationToken), hop.StopAsync(cancellationToken));

        public void Dispose() => kestrel.Dispose();
    }

    private sealed class GateFilter(RequestGate gate) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(inner => context => gate.InvokeAsync(context, inner));
            next(app);
        };
    }
}
