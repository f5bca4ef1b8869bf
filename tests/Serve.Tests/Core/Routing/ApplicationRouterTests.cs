using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

public sealed class ApplicationRouterTests
{
    private readonly List<FakeReplica> _connected = [];
    private readonly ApplicationRouter _application;

    public ApplicationRouterTests()
    {
        _application = new ApplicationRouter("app", new RouterEnvironment(Connect, TimeProvider.System));
    }

    [Fact]
    public void Ingress_BeforeItIsKnown_IsNull()
    {
        _application.Ingress.ShouldBeNull();
        Update(new ApplicationRoutes("app", "/", Ingress: null, []));
        _application.Ingress.ShouldBeNull();
        Update(ingress: "A", Deployment("A", "r1"));
        _application.Ingress.ShouldBe(_application.Find("A"));
        Update(ingress: "B", Deployment("A", "r1"), Deployment("B", "r2"));
        _application.Ingress.ShouldBe(_application.Find("B"));
        _application.Find("C").ShouldBeNull();
    }

    [Fact]
    public async Task Update_ReplicaThatStays_KeepsItsEntryAndCounts()
    {
        Update("A", Deployment("A", "r1", "r2"));
        var router = _application.Find("A")!;
        var lease = await router.AcquireAsync(default, CancellationToken.None);
        Update("A", Deployment("A", "r3", "r2", "r1"));
        _application.Find("A").ShouldBeSameAs(router);
        router.Replicas.Replicas.Select(replica => replica.Id).ShouldBe(["r3", "r2", "r1"]);
        router.Replicas.Replicas.ShouldContain(lease.Replica);
        lease.Replica.Ongoing.ShouldBe(1);
        _connected.Select(replica => replica.Id).ShouldBe(["r1", "r2", "r3"]);
    }

    [Fact]
    public async Task Update_ReplicaGone_ItsConnectionsCloseWhenItsRequestsAreDone()
    {
        Update("A", Deployment("A", "r1"));
        var lease = await _application.Find("A")!.AcquireAsync(default, CancellationToken.None);
        Update("A", Deployment("A", "r2"));
        var old = _connected[0];
        old.IsClosed.ShouldBeFalse();
        lease.Dispose();
        old.TimesClosed.ShouldBe(1);
        _connected[1].IsClosed.ShouldBeFalse();
    }

    [Fact]
    public async Task Update_ReplicaGone_NewRequestsUseTheOthers()
    {
        Update("A", Deployment("A", "r1", "r2"));
        Update("A", Deployment("A", "r2"));
        var lease = await _application.Find("A")!.AcquireAsync(default, CancellationToken.None);
        lease.Replica.Id.ShouldBe("r2");
        _connected[0].IsClosed.ShouldBeTrue();
    }

    [Fact]
    public async Task Update_ReplicaAppears_ServesThoseWhoWaitForIt()
    {
        Update("A", Deployment("A"));
        var waiting = _application.Find("A")!.AcquireAsync(default, CancellationToken.None).AsTask();
        Update("A", Deployment("A", "r1"));
        (await waiting.WaitAsync(Eventually.Patience)).Replica.Id.ShouldBe("r1");
    }

    [Fact]
    public async Task Update_DeploymentGone_FailsItsWaitersAndClosesItsReplicas()
    {
        Update("A", Deployment("A", "r1"), Deployment("B", "r2") with { MaxOngoingRequests = 1 });
        var router = _application.Find("B")!;
        var lease = await router.AcquireAsync(default, CancellationToken.None);
        var waiting = router.AcquireAsync(default, CancellationToken.None).AsTask();
        Update("A", Deployment("A", "r1"));
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => waiting)).Message.ShouldBe(
            "Deployment 'B' of application 'app' is not available: it is not part of application 'app' any more.");
        _application.Find("B").ShouldBeNull();
        lease.Dispose();
        _connected.Select(replica => replica.IsClosed).ShouldBe([false, true]);
    }

    [Theory]
    [InlineData("of the deployment", "of the application", "of the deployment")]
    [InlineData(null, "of the application", "of the application")]
    public async Task Update_NothingRuns_TheNearestReasonIsGiven(string? deployments, string? applications, string expected)
    {
        Update(new ApplicationRoutes("app", "/", "A", [Deployment("A") with { UnavailableReason = deployments }], applications));
        var error = await Should.ThrowAsync<DeploymentUnavailableException>(async () => await _application.Find("A")!.AcquireAsync(default, CancellationToken.None));
        error.Message.ShouldEndWith(expected);
    }

    [Fact]
    public async Task Update_ReplicasRunInSpiteOfAReason_TheyServe()
    {
        Update(new ApplicationRoutes("app", "/", "A", [Deployment("A", "r1") with { UnavailableReason = "the new version does not start." }], "also failing"));
        using var lease = await _application.Find("A")!.AcquireAsync(default, CancellationToken.None);
        lease.Replica.Id.ShouldBe("r1");
    }

    [Fact]
    public async Task Update_Limits_AreThoseOfTheRoutes()
    {
        Update("A", Deployment("A", "r1") with { MaxOngoingRequests = 2, MaxQueuedRequests = 1 });
        var router = _application.Find("A")!;
        await router.AcquireAsync(default, CancellationToken.None);
        await router.AcquireAsync(default, CancellationToken.None);
        var waiting = router.AcquireAsync(default, CancellationToken.None).AsTask();
        await Should.ThrowAsync<BackPressureException>(async () => await router.AcquireAsync(default, CancellationToken.None));
        Update("A", Deployment("A", "r1") with { MaxOngoingRequests = 3, MaxQueuedRequests = 1 });
        await waiting.WaitAsync(Eventually.Patience);
    }

    private FakeReplica Connect(ReplicaRoute route)
    {
        var replica = new FakeReplica(route.Id);
        _connected.Add(replica);
        return replica;
    }

    private void Update(string? ingress, params DeploymentRoutes[] deployments) => Update(new ApplicationRoutes("app", "/", ingress, deployments));

    private void Update(ApplicationRoutes routes) => _application.Update(routes);

    private static DeploymentRoutes Deployment(string name, params string[] replicas) =>
        new(name, 10, -1, [.. replicas.Select(id => new ReplicaRoute(id, "/socket"))]);
}
