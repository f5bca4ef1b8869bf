using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class RouteTableFeedTests
{
    private readonly Dictionary<string, FakeReplica> _connected = [];
    private readonly RouteTableFeed _feed;

    public RouteTableFeedTests()
    {
        // Add throws where a replica is connected a second time.
        _feed = new RouteTableFeed(
            route =>
            {
                var replica = new FakeReplica(route.Id);
                _connected.Add(route.Id, replica);
                return replica;
            },
            TimeProvider.System);
    }

    [Fact]
    public void Current_BeforeAnyUpdate_IsEmptyAndNotPopulated()
    {
        _feed.Current.IsPopulated.ShouldBeFalse();
        _feed.Current.Match("/").ShouldBeNull();
        _feed.MarkPopulated();
        _feed.Current.IsPopulated.ShouldBeTrue();
    }

    [Fact]
    public void Update_NewApplication_IsMatched()
    {
        Update("a", "/a", "r1");
        _feed.Current.IsPopulated.ShouldBeTrue();
        _feed.Current.Match("/a/x")!.Ingress!.Replicas.Replicas.ShouldBe([_connected["r1"]]);
    }

    [Fact]
    public void Update_SamePrefix_KeepsTheTable()
    {
        Update("a", "/a", "r1");
        var table = _feed.Current;
        Update("a", "/a", "r1", "r2");
        _feed.Current.ShouldBeSameAs(table);
        table.Match("/a")!.Ingress!.Replicas.Replicas.Length.ShouldBe(2);
    }

    [Fact]
    public void Update_OtherPrefix_MovesTheApplication()
    {
        Update("a", "/old", "r1");
        Update("a", "/new", "r1");
        _feed.Current.Match("/old").ShouldBeNull();
        _feed.Current.Match("/new")!.Name.ShouldBe("a");
        Update("a", prefix: null, "r1");
        _feed.Current.Match("/new").ShouldBeNull();
        _feed.Current.Applications.ShouldContainKey("a");
    }

    [Fact]
    public void Update_TwoApplicationsSwapPrefixes_BothAreFoundUnderTheirNewOnes()
    {
        Update("a", "/x", "r1");
        Update("b", "/y", "r2");
        Update("a", "/y", "r1");
        Update("b", "/x", "r2");
        _feed.Current.Match("/x")!.Name.ShouldBe("b");
        _feed.Current.Match("/y")!.Name.ShouldBe("a");
    }

    [Fact]
    public async Task Remove_Application_FailsItsWaitersAndRefusesLateOnes()
    {
        Update("a", "/a");
        var router = _feed.Current.Match("/a")!.Ingress!;
        var waiting = router.AcquireAsync(default, CancellationToken.None).AsTask();
        _feed.Remove("a");
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => waiting)).Message.ShouldEndWith("application 'a' was deleted.");
        await Should.ThrowAsync<DeploymentUnavailableException>(async () => await router.AcquireAsync(default, CancellationToken.None));
        _feed.Current.Match("/a").ShouldBeNull();
        _feed.Current.IsPopulated.ShouldBeTrue();
    }

    [Fact]
    public async Task Remove_ApplicationWithRunningRequests_ClosesItsReplicasAfterThem()
    {
        Update("a", "/a", "r1");
        var lease = await _feed.Current.Match("/a")!.Ingress!.AcquireAsync(default, CancellationToken.None);
        _feed.Remove("a");
        _connected["r1"].IsClosed.ShouldBeFalse();
        lease.Dispose();
        _connected["r1"].IsClosed.ShouldBeTrue();
    }

    [Fact]
    public void Remove_UnknownApplication_ChangesNothing()
    {
        Update("a", "/a", "r1");
        _feed.Remove("b");
        _feed.Current.Match("/a").ShouldNotBeNull();
    }

    [Fact]
    public async Task Remove_AndUpdateAgain_IsANewApplication()
    {
        Update("a", "/a", "r1");
        _feed.Remove("a");
        Update("a", "/a", "r2");
        using var lease = await _feed.Current.Match("/a")!.Ingress!.AcquireAsync(default, CancellationToken.None);
        lease.Replica.Id.ShouldBe("r2");
    }

    [Fact]
    public async Task Match_WhileOtherApplicationsComeAndGo_AlwaysFindsTheOneThatStays()
    {
        Update("stays", "/stays", "r0");
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
                _feed.Current.Match("/stays/x")!.Ingress!.Replicas.Replicas.Length.ShouldBe(1);
        })).ToList();
        for (var i = 0; i < 300; i++)
        {
            Update($"a{i % 3}", $"/a{i}", $"r{i + 1}");
            if (i % 5 == 0)
                _feed.Remove($"a{i % 3}");
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    private void Update(string application, string? prefix, params ReadOnlySpan<string> replicas)
    {
        var routes = new List<ReplicaRoute>();
        foreach (var id in replicas)
            routes.Add(new ReplicaRoute(id, "/socket"));
        _feed.Update(new ApplicationRoutes(application, prefix, "Main", [new DeploymentRoutes("Main", 1, -1, routes)]));
    }
}
