using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serve.Discovery;
using Serve.Handles;
using Serve.Hosting;
using Serve.Replica;

namespace Serve;

/// <summary>Makes an ASP.NET Core program a Serve program: <c>builder.AddServe()</c> before <c>Build</c>, <c>app.MapServe()</c> after it.</summary>
public static class ServeHostingExtensions
{
    /// <summary>
    /// Adds the program's deployments. Started by a node agent the program becomes the one replica that it is told to be;
    /// started by hand it serves all deployments in this process.
    /// </summary>
    /// <param name="builder">The program's builder.</param>
    /// <param name="configure">Says where the deployments are, where that is not the program's own assembly.</param>
    /// <exception cref="InvalidOperationException">The classes don't make an application; the message says why.</exception>
    /// <exception cref="ServeArgsException">Thrown by <paramref name="configure"/>.</exception>
    public static ServeBuilder AddServe(this WebApplicationBuilder builder, Action<ServeOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var mode = ServeMode.Read();
        // A replica's args come from its agent, which also tells it which deployment it is.
        var link = mode.Kind == ServeModeKind.Replica ? ReplicaLink.Connect(mode.AgentSocket, mode.Replica) : null;
        var options = new ServeOptions(ArgsConfiguration.Take(builder.Configuration, link?.Assignment.Args));
        try
        {
            configure?.Invoke(options);
        }
        catch (ServeArgsException exception) when (mode.Kind == ServeModeKind.Describe)
        {
            DescribeMode.RefuseAndExit(exception.Problems);
        }

        var catalog = options.BuildCatalog();
        builder.Services.AddSingleton(catalog);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<DeploymentHandles>();
        builder.Services.AddSingleton<IDeploymentHandles>(static provider => provider.GetRequiredService<DeploymentHandles>());
        builder.Services.AddSingleton(typeof(DeploymentHandle<>), typeof(InjectedHandle<>));
        builder.Services.AddKeyedSingleton(typeof(DeploymentHandle<>), KeyedService.AnyKey, typeof(InjectedNamedHandle<>));
        builder.Services.AddSingleton<RequestRunner>();
        if (catalog.Ingress is not null)
            builder.Services.AddOpenApi();

        builder.AddServeLogging(mode.Kind);
        builder.Services.AddSingleton(mode);
        switch (mode.Kind)
        {
            case ServeModeKind.Describe:
                DescribeMode.Add(builder, catalog);
                break;
            case ServeModeKind.Replica:
                ReplicaMode.Add(builder, catalog, link!);
                break;
            default:
                EmbeddedMode.Add(builder, catalog);
                break;
        }

        return new ServeBuilder(builder);
    }

    /// <summary>Maps the endpoints of the program's ingress deployment, and its OpenAPI document at <c>openapi/v1.json</c>.</summary>
    /// <param name="app">The program.</param>
    /// <exception cref="InvalidOperationException"><c>AddServe</c> was not called.</exception>
    public static WebApplication MapServe(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var catalog = app.Services.GetService<DeploymentCatalog>() ?? throw new InvalidOperationException("Call builder.AddServe() before app.MapServe().");
        var mode = app.Services.GetRequiredService<ServeMode>();
        switch (mode.Kind)
        {
            case ServeModeKind.Describe:
                MapIngress(app, catalog.Ingress);
                DescribeMode.PrintAndExit(app, catalog);
                break;
            case ServeModeKind.Replica:
                MapIngress(app, app.Services.GetRequiredService<DeploymentInstance>().Type);
                break;
            default:
                MapIngress(app, catalog.Ingress);
                break;
        }

        app.Services.GetRequiredService<ServeMode>().IsMapped = true;
        return app;
    }

    private static void MapIngress(IEndpointRouteBuilder app, DeploymentType? type)
    {
        if (type?.IsIngress != true)
            return;
        type.Map(app);
        app.MapOpenApi();
    }
}
