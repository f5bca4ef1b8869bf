using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>A new controller goes on where the last one stopped.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task Restart_AllIsWell_ChangesNothing()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 3);
        var ids = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        var routed = cluster.Routed("shop", "Api");
        await cluster.RestartControllerAsync();
        cluster.Routed("shop", "Api").ShouldBe(routed, "not for a moment may a replica that is ready leave the routes");
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(ids);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Written.ShouldNotContain(key => key.Contains("/desired/replicas/", StringComparison.Ordinal));
        cluster.State.Applications["shop"].DeployedAt.ShouldBe(cluster.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Restart_NullPrefixAndAllOptions_SurviveInTheRecord()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        var options = new DeploymentOptions
        {
            Name = "Api",
            NumReplicas = 2,
            MaxOngoingRequests = 7,
            MaxQueuedRequests = -1,
            UserConfig = ConfigNode.FromJson(JsonDocument.Parse("""{"a": [1, 2.5, 1e300, null, "ü"], "b": {"c": true}}""").RootElement).ToJson(),
            GracefulShutdownTimeout = TimeSpan.FromSeconds(0.1),
            HealthCheckPeriod = TimeSpan.FromSeconds(1.5),
        };
        await cluster.DeployAsync(App("shop", "/p", prefix: null, args: new JsonObject { ["z"] = 1, ["a"] = 0.1 }, overrides: options));
        await cluster.SettleAsync();
        var before = cluster.Find("shop", "Api").Target;
        await cluster.RestartControllerAsync();
        var after = cluster.Find("shop", "Api").Target;
        after.Version.ShouldBe(before.Version);
        after.SettingsHash.ShouldBe(before.SettingsHash);
        (after.Spec with { UserConfig = null }).ShouldBe(before.Spec with { UserConfig = null });
        cluster.Routes("shop")!.RoutePrefix.ShouldBeNull();
        cluster.Written.ShouldNotContain(key => key.Contains("/desired/replicas/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restart_WhileDescribing_DescribesAnew()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Restart_WhileANewVersionIsDescribed_OldOneServesOn()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var routed = cluster.Routed("shop", "Api");
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.RestartControllerAsync();
        cluster.Routed("shop", "Api").ShouldBe(routed);
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Program.Version == "v2");
    }

    [Fact]
    public async Task Restart_DuringABackOff_TriesAgain()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        program.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        cluster.Alive.ShouldBeEmpty();
        program.Start = static _ => FakeStart.Ready;
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Restart_WhileThereIsNoRoom_StartsWhenThereIs()
    {
        var cluster = await StartAsync(cpus: 1);
        await DeployAsync(cluster, replicas: 2);
        await cluster.RestartControllerAsync();
        cluster.AddNode("node2", cpus: 1, gpus: 0);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Restart_DuringARollout_NeverStopsOldReplicasEarly()
    {
        var cluster = await StartAsync(cpus: 16);
        await DeployAsync(cluster, replicas: 4);
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 4)));
        await cluster.DeployAsync(App("shop", "/p"));
        while (cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count == 0)
            await StepAsync(cluster);
        for (var step = 0; cluster.Alive.Any(worker => worker.Desired.Program.Version == "v1"); step++)
        {
            step.ShouldBeLessThan(200);
            await cluster.RestartControllerAsync();
            cluster.Routed("shop", "Api").Count.ShouldBeGreaterThanOrEqualTo(4);
            await StepAsync(cluster);
            cluster.Routed("shop", "Api").Count.ShouldBeGreaterThanOrEqualTo(4);
        }

        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Alive.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Restart_ReplicaCrashedMeanwhile_IsReplaced()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        cluster.Nodes["node1"].Crash(cluster.Replicas("shop", "Api")[0].Id);
        await cluster.RestartControllerAsync();
        cluster.Routed("shop", "Api").Count.ShouldBe(1);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Restart_NodeWentMeanwhile_ItsReplicasAreReplaced()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, replicas: 4);
        cluster.Nodes["node1"].Lose();
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Node == "node2");
        await cluster.PassAsync(AbsentNode.Patience);
        cluster.Store.Entries($"{ClusterKeys.Nodes}node1/").ShouldBeEmpty();
    }

    [Fact]
    public async Task Restart_UnderAnotherNodeName_NothingIsLeftOnTheOldOne()
    {
        // A container that is made anew with the same volume: same store, other host name, and nothing that was leased.
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        cluster.Nodes["node1"].Lose();
        cluster.Nodes.Clear();
        await cluster.RestartControllerAsync();
        cluster.AddNode("another-name", cpus: 8, gpus: 0);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Node == "another-name");
    }

    [Fact]
    public async Task Restart_WhileDeleting_FinishesTheDeletion()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        await cluster.DeleteAsync("shop");
        await cluster.RestartControllerAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DELETING);
        cluster.Routes("shop")!.RoutePrefix.ShouldBeNull();
        await cluster.SettleAsync();
        cluster.State.Applications.ShouldBeEmpty();
        cluster.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task Restart_OrdersOfAnApplicationThatIsUnknown_AreTakenBack()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        cluster.Store.Change(new Serve.Server.Store.StoreChange(ClusterKeys.Application("shop"), Value: null), new Serve.Server.Store.StoreChange(ClusterKeys.RoutesOf("shop"), Value: null));
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Alive.ShouldBeEmpty();
        cluster.Store.Entries($"{ClusterKeys.Nodes}node1/status/").ShouldBeEmpty();
    }

    [Fact]
    public async Task OldLeader_AfterANewOneTookOver_WritesNothing()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 1);
        var old = cluster.Controller;
        await cluster.RestartControllerAsync();
        (await old.HandleAsync(new DeleteEverything(new Ticket(1)))).ShouldBeFalse();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Leadership_WhileAnotherLeads_IsRefused()
    {
        var cluster = await StartAsync();
        (await Should.ThrowAsync<InvalidOperationException>(() => FakeController.StartAsync(cluster.Store, cluster.Clock))).Message.ShouldBe("Another controller leads this cluster.");
    }

    private static async Task StepAsync(FakeCluster cluster)
    {
        if (cluster.Nodes["node1"].NextSteps() is [var next, ..])
            next();
        if (cluster.Mail.Count > 0)
            await cluster.DeliverAsync(cluster.Mail[0]);
    }

    private static async Task DeployAsync(FakeCluster cluster, int replicas)
    {
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
    }
}
