using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serve.Batching;
using Serve.Discovery;
using Serve.Routing;

namespace Serve.Embedded;

/// <summary>Starts the replicas of a program that serves by itself, before its web server starts.</summary>
internal sealed class EmbeddedHost(
    DeploymentCatalog catalog, EmbeddedReplicas replicas, RouteTableFeed routes, EmbeddedOptions options, ILogger<EmbeddedHost> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = new List<LocalReplica>();
        routes.Update(EmbeddedReplicas.Routes(catalog, started, options.RateLimit));
        foreach (var replica in replicas.All)
        {
            await replica.Instance.StartAsync(userConfig: null, static _ => { }, cancellationToken);
            BatchCheck.Warn(replica.Instance.Target, EmbeddedReplicas.SpecOf(replica.Instance.Type).MaxOngoingRequests, logger);
            started.Add(replica);
            routes.Update(EmbeddedReplicas.Routes(catalog, started, options.RateLimit));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(replicas.All.Select(replica => replica.Instance.StopAsync(cancellationToken)));
}
