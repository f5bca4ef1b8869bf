using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Handles;
using Serve.Routing;
using Serve.Specs;
using Serve.Telemetry;

namespace Serve.Hosting;

/// <summary>The program serves all its deployments in this process, with the admission and the answers of a proxy and without its hop.</summary>
internal static class EmbeddedMode
{
    public static void Add(WebApplicationBuilder builder, DeploymentCatalog catalog)
    {
        var services = builder.Services;
        EmbeddedTelemetry.Add(builder);
        EmbeddedReplicas.Register(services, catalog);
        services.AddSingleton<EmbeddedReplicas>();
        services.AddSingleton(provider => new HandleRoutes(
            provider.GetRequiredService<RouteTableFeed>(), ApplicationSpec.DefaultName, watch: null, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RouteTableFeed(
            new RouterEnvironment(route => provider.GetRequiredService<EmbeddedReplicas>().Get(route.Id), provider.GetRequiredService<TimeProvider>())
            {
                CreateRouter = (name, arguments) => catalog.CreateRouter(provider, name, arguments),
            }));
        services.AddSingleton(provider => EmbeddedOptions.Read(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<EmbeddedGrpcHealth>();
        services.AddSingleton<EmbeddedGate>();
        services.AddSingleton<IStartupFilter, GateFilter>();
        services.AddHostedService<EmbeddedHost>();
    }

    private sealed class GateFilter(EmbeddedGate gate) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(inner => context => gate.InvokeAsync(context, inner));
            next(app);
        };
    }
}
