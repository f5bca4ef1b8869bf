using Serve.Routing;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Hosting;

/// <summary>Carries the routes that the controller publishes from the store into this node's route table.</summary>
internal sealed class RouteWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly RouteTableFeed _routes;
    private readonly Task _loop;

    private RouteWatch(IClusterStore store, RouteTableFeed routes, long revision)
    {
        _store = store;
        _routes = routes;
        _loop = RunAsync(revision);
    }

    public static async Task<RouteWatch> StartAsync(IClusterStore store, RouteTableFeed routes, CancellationToken cancellationToken)
    {
        var range = await store.RangeAsync(ClusterKeys.Routes, cancellationToken);
        foreach (var entry in range.Entries)
            routes.Update(StoreJson.Read<ApplicationRoutes>(entry.Value));
        return new RouteWatch(store, routes, range.Revision + 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(long revision)
    {
        await foreach (var change in _store.WatchAsync(ClusterKeys.Routes, revision, _stopping.Token))
        {
            if (change.Value is null)
                _routes.Remove(Uri.UnescapeDataString(change.Key[ClusterKeys.Routes.Length..]));
            else
                _routes.Update(StoreJson.Read<ApplicationRoutes>(change.Value));
        }
    }
}
