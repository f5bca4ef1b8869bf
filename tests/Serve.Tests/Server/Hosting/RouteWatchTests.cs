using Serve.Routing;
using Serve.Server.Hosting;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Records;
using Serve.Testing;
using Serve.Tests.Core.Routing;
using Serve.Tests.Server.Store;

namespace Serve.Tests.Server.Hosting;

/// <summary>A node's routes are the controller's, and the last ones while there is none.</summary>
public sealed class RouteWatchTests : IAsyncLifetime
{
    private readonly StoreFolder _folder = new();
    private EmbeddedStore _inner = null!;
    private FlakyStore _store = null!;
    private RouteTableFeed _routes = null!;

    public Task InitializeAsync()
    {
        _inner = _folder.Open();
        _store = new FlakyStore(_inner);
        _routes = new RouteTableFeed(static route => new FakeReplica(route.Id), _folder.Clock);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_NothingIsPublished_TableIsCompleteAndEmpty()
    {
        _routes.Current.IsPopulated.ShouldBeFalse();
        await using var watch = await StartAsync();
        _routes.Current.IsPopulated.ShouldBeTrue();
    }

    [Fact]
    public async Task Routes_PublishedChangedAndTakenBack_AreFollowed()
    {
        await PublishAsync("shop one", "a");
        await using var watch = await StartAsync();
        Replicas("shop one").ShouldBe("a");
        await PublishAsync("shop one", "a", "b");
        await Eventually.TrueAsync(() => Replicas("shop one") == "a b");
        await StoreFolder.DeleteAsync(_inner, ClusterKeys.RoutesOf("shop one"));
        await Eventually.TrueAsync(() => _routes.Current.Applications.IsEmpty);
    }

    [Fact]
    public async Task StoreIsLost_LastRoutesStayAndWhatWasMissedComesWhenItIsBack()
    {
        await PublishAsync("shop", "a");
        await PublishAsync("old", "x");
        await using var watch = await StartAsync();
        _store.Break();
        await PublishAsync("shop", "b");
        await StoreFolder.DeleteAsync(_inner, ClusterKeys.RoutesOf("old"));
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 3101));
        Replicas("shop").ShouldBe("a");
        Replicas("old").ShouldBe("x");

        _store.Mend();
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return !_routes.Current.Applications.ContainsKey("old");
        });
        await Eventually.TrueAsync(() => Replicas("shop") == "b");
    }

    private Task<IAsyncDisposable> StartAsync() => RouteWatch.StartAsync(_store, _routes, _folder.Clock, _folder.Log, default);

    private async Task PublishAsync(string application, params string[] replicas)
    {
        var routes = new ApplicationRoutes(application, "/", "Api", [new DeploymentRoutes("Api", 1, 1, [.. replicas.Select(id => new ReplicaRoute(id, $"/{id}.sock"))])]);
        await _inner.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.RoutesOf(application), StoreJson.Write(routes), IsVolatile: true)]), default);
    }

    private string Replicas(string application) => string.Join(' ', _routes.Current.Applications[application].Ingress!.Replicas.Replicas.Select(replica => replica.Id));
}
