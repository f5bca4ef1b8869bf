using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Hosting;

/// <summary>Carries the routes that the controller publishes from the store into this node's route table.</summary>
internal static class RouteWatch
{
    /// <summary>Fills the table with what is published already, and keeps it up to date until the watch is disposed.</summary>
    public static async Task<IAsyncDisposable> StartAsync(IClusterStore store, RouteTableFeed routes, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var assembly = new RouteAssembly();
        var follower = await StoreFollower.StartAsync(store, ClusterKeys.Routes, Update, timeProvider, loggers.CreateLogger<StoreFollower>(), cancellationToken);
        routes.MarkPopulated();
        return follower;

        ValueTask Update(string key, byte[]? value, CancellationToken _)
        {
            var (application, now) = assembly.Take(key, value);
            if (now is null)
                routes.Remove(application);
            else
                routes.Update(now);
            return ValueTask.CompletedTask;
        }
    }
}
