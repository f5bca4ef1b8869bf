using Serve.Routing;

namespace Serve.Benchmarks;

/// <summary>Finds one of 1,000 applications by a path of four segments.</summary>
internal sealed class RouteMatchCase : WatchedCase
{
    private readonly RouteTable _table;

    public RouteMatchCase()
    {
        var feed = new RouteTableFeed(static route => new SlotOnly(route.Id), TimeProvider.System);
        for (var i = 0; i < 1000; i++)
            feed.Update(new ApplicationRoutes($"app{i}", $"/team{i % 10}/app{i}", Ingress: null, []));
        _table = feed.Current;
    }

    public override string Name => "route match";

    public override bool IsSynchronous => true;

    public override ValueTask RunAsync()
    {
        if (_table.Match("/team7/app777/v1/items") is null)
            throw new InvalidOperationException("The route is gone.");
        return ValueTask.CompletedTask;
    }
}

/// <summary>Picks one of 100 replicas and gives its slot back.</summary>
internal sealed class ReplicaPickCase : WatchedCase
{
    private readonly ReplicaPicker _picker = new(loadHalfLife: 1);
    private ulong _random;

    public ReplicaPickCase()
    {
        _picker.Use([.. Enumerable.Range(0, 100).Select(i => new SlotOnly($"r{i}"))], limit: 10);
    }

    public override string Name => "replica pick";

    public override bool IsSynchronous => true;

    public override ValueTask RunAsync()
    {
        _picker.Release(_picker.Pick(default, _random += 0x9E3779B97F4A7C15, now: 0)!, isOfSession: false);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Takes a slot from the router of a deployment that has room, and gives it back.</summary>
internal sealed class RouterSlotCase : WatchedCase
{
    private readonly DeploymentRouter _router = new("app", "deployment", TimeProvider.System);

    public RouterSlotCase()
    {
        _router.Update(new ReplicaSet([.. Enumerable.Range(0, 10).Select(i => new SlotOnly($"r{i}"))], MaxOngoingRequests: 10, MaxQueuedRequests: 10, UnavailableReason: null));
    }

    public override string Name => "router slot";

    public override async ValueTask RunAsync() => (await _router.AcquireAsync(default, CancellationToken.None)).Dispose();
}

/// <summary>A replica that only counts.</summary>
internal sealed class SlotOnly(string id) : ReplicaEntry(id)
{
    protected override void Close()
    {
    }
}
