using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serve.Autoscaling;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Handles;
using Serve.Replica;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Routing.Load;
using Serve.Telemetry;
using Serve.Wire;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>The program becomes one replica: it asks its agent what to be, is reached over the hop only, and serves the assigned deployment.</summary>
internal static class ReplicaMode
{
    public static void Add(WebApplicationBuilder builder, DeploymentCatalog catalog, ReplicaLink link)
    {
        var assignment = link.Assignment;
        var type = catalog.Get(assignment.Replica.Deployment.Name);
        var context = new ReplicaContext(assignment.Replica.Deployment.Application, type.Name, assignment.Replica.ToString(), IsEmbedded: false);
        var metrics = new MetricBoardMeter(ReplicaScope.TagsOf(context));
        var board = new MetricBoard(metrics);
        context = context with { Board = board };
        var services = builder.Services;
        ReplicaTelemetry.Add(builder, context, assignment);
        services.AddSingleton(link);
        services.AddSingleton(provider => new HandleRoutes(
            provider.GetRequiredService<RouteTableFeed>(), context.Application, application => link.Send(new WatchRoutes(application)), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new AdmissionGate(assignment.Settings.MaxOngoingRequests));
        services.AddSingleton(provider => new LoadSampler(provider.GetRequiredService<TimeProvider>(), report => link.Send(new LoadSeen(report))));
        services.AddSingleton(provider => new RouteTableFeed(new RouterEnvironment(
            route => route.Id == context.ReplicaId
                ? new LocalReplica(route.Id, provider.GetRequiredService<DeploymentInstance>(), provider.GetRequiredService<AdmissionGate>())
                : new RemoteReplica(route),
            provider.GetRequiredService<TimeProvider>())
        {
            Location = assignment.Location,
            Sampler = provider.GetRequiredService<LoadSampler>(),
            CreateRouter = (name, arguments) => catalog.CreateRouter(provider, name, arguments),
        }));
        DeploymentInstance.Register(services, type, _ => context, count: 1);
        services.AddSingleton(provider => new DeploymentInstance(type, provider, index: 0) { Scope = ScopeOf(context, provider) });
        services.AddSingleton<SettingsUpdate>();
        services.AddSingleton<PolicyHost>();
        services.AddSingleton(provider => new MetricPulse(
            board, metrics, values => link.Send(new MetricsRecorded(values)), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MetricPulse>>()));
        services.AddSingleton<CallEndpoint>();
        services.AddSingleton<RequestGate>();
        services.AddSingleton<HopServerLog>();
        // Instead of Kestrel: the program's own endpoints are for when it runs alone, and two replicas can't listen on one port.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        services.AddSingleton(provider => NewHopServer(provider, assignment));
        services.AddSingleton<IServer>(static provider => provider.GetRequiredService<HopServer>());
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

    private static HopServer NewHopServer(IServiceProvider provider, ReplicaAssignment assignment) => new(new HopServerSettings
    {
        SocketPath = assignment.Socket,
        Gate = provider.GetRequiredService<AdmissionGate>(),
        Calls = provider.GetRequiredService<CallEndpoint>().AnswerAsync,
        MaxRequestBodySize = assignment.Settings.MaxRequestBodyBytes,
        TimeProvider = provider.GetRequiredService<TimeProvider>(),
        Log = provider.GetRequiredService<HopServerLog>(),
    });

    private sealed class GateFilter(RequestGate gate, IServer server) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            if (server is not HopServer)
                throw new InvalidOperationException($"The program has set a web server of its own ({server.GetType().Name}) after AddServe; nothing would reach a replica through it. Call AddServe after UseKestrel and the like.");
            app.Use(inner => context => gate.InvokeAsync(context, inner));
            next(app);
        };
    }
}
