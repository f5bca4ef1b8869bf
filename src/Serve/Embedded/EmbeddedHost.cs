using Microsoft.Extensions.Hosting;
using Serve.Discovery;
using Serve.Routing;

namespace Serve.Embedded;

/// <summary>Starts the replicas of a program that serves by itself, before its web server starts.</summary>
internal sealed class EmbeddedHost(DeploymentCatalog catalog, EmbeddedReplicas replicas, RouteTableFeed routes, EmbeddedOptions options) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = new List<LocalReplica>();
        routes.Update(EmbeddedReplicas.Routes(catalog, started, options.RateLimit));
        foreach (var replica in replicas.All)
        {
            await replica.Instance.StartAsync(userConfig: null, static _ => { }, cancellationToken);
            started.Add(replica);
            routes.Update(EmbeddedReplicas.Routes(catalog, started, options.RateLimit));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
