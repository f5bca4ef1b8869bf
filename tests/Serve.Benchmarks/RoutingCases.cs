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

/// <summary>Picks a replica and gives its slot back.</summary>
internal sealed class ReplicaPickCase : WatchedCase
{
    private const int Limit = 10;

    private readonly ReplicaPicker _picker = new(loadHalfLife: 1);
    private ulong _random;

    public ReplicaPickCase(string name, int replicas, int full = 0)
    {
        Name = name;
        var entries = Enumerable.Range(0, replicas).Select(i => new SlotOnly($"r{i}")).ToArray();
        foreach (var entry in entries.Take(full))
        {
            for (var i = 0; i < Limit; i++)
                entry.TryEnter(Limit);
        }

        _picker.Use(entries, Limit);
    }

    public override string Name { get; }

    public PickRequest Request { get; init; }

    public override bool IsSynchronous => true;

    public override ValueTask RunAsync()
    {
        _picker.Release(_picker.Pick(Request, _random += 0x9E3779B97F4A7C15, now: 0)!, Request.IsOfSession);
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
