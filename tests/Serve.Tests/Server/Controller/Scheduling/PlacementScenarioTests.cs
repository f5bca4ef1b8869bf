using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Placement;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;
using static Serve.Tests.Server.Controller.Scheduling.Requests;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Placement in a whole cluster: what is reserved, given back, and said about it (checklist items 8, 93 and 94).</summary>
public sealed class PlacementScenarioTests
{
    private static readonly DeploymentOptions Pair = new()
    {
        Name = "Api",
        PlacementGroupBundles = [Amounts(("CPU", 1)), Amounts(("CPU", 3))],
        PlacementGroupStrategy = PlacementStrategy.STRICT_SPREAD,
    };

    [Fact]
    public async Task Deploy_ZeroCpus_RunsOnANodeWithoutAny()
    {
        var cluster = await StartAsync(cpus: 0);
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api", Resources = new ResourceOptions { Cpus = 0 } });
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task PlacementGroup_ReservesOnTwoNodes_AndGivesAllBack()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 4);
        await DeployAsync(cluster, Pair);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.State.Nodes.Values.Select(node => node.UsedCpus.Value).Order().ShouldBe([1, 3]);
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        cluster.State.Nodes.Values.ShouldAllBe(node => node.UsedCpus == ResourceAmount.Zero && node.IsIdle);
    }

    [Fact]
    public async Task PlacementGroup_NotAllBundlesFit_ReservesNothingAndSaysWhy()
    {
        var cluster = await StartAsync(nodes: 1, cpus: 4);
        await DeployAsync(cluster, Pair);
        cluster.State.Nodes["node1"].UsedCpus.ShouldBe(ResourceAmount.Zero);
        cluster.MessageOf("shop").ShouldContain("there is no room for 2 bundles (STRICT_SPREAD: 1 CPUs + 3 CPUs): node1 has room for each bundle and not for all of them");
        cluster.AddNode("node2", cpus: 1, gpus: 0);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task PlacementGroup_ControllerRestarts_BookingsAreTheSame()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 4);
        await DeployAsync(cluster, Pair);
        await cluster.RestartControllerAsync();
        cluster.State.Nodes.Values.Select(node => node.UsedCpus.Value).Order().ShouldBe([1, 3]);
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        cluster.State.Nodes.Values.ShouldAllBe(node => node.UsedCpus == ResourceAmount.Zero && node.IsIdle);
    }

    [Fact]
    public async Task PlacementGroup_ReplicaCrashes_ItsBundlesAreReservedOnce()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 4);
        await DeployAsync(cluster, Pair);
        var victim = cluster.Replicas("shop", "Api").Single();
        cluster.Nodes[victim.Node].Crash(victim.Id);
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Id.ShouldNotBe(victim.Id);
        cluster.State.Nodes.Values.Select(node => node.UsedCpus.Value).Order().ShouldBe([1, 3]);
        cluster.State.Nodes.Values.Sum(node => node.Replicas.Count + node.Guests.Count).ShouldBe(2);
    }

    [Fact]
    public async Task PlacementGroup_NodeOfABundleGoes_TheReplicaIsReplacedAsAWhole()
    {
        var cluster = await StartAsync(nodes: 3, cpus: 4);
        await DeployAsync(cluster, Pair);
        var before = cluster.Replicas("shop", "Api").Single();
        var guest = before.Desired.Reserves.Single().Node;
        await cluster.DeliverAsync(new NodeGone(guest));
        await cluster.SettleAsync();
        var after = cluster.Replicas("shop", "Api").Single();
        after.Id.ShouldNotBe(before.Id);
        after.Desired.AllReserved(after.Node).ShouldNotContain(bundle => bundle.Node == guest);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task MaxReplicasPerNode_MoreReplicasThanAllowed_TheRestWaitsAndSaysWhy()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 8);
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api", NumReplicas = 3, MaxReplicasPerNode = 1 });
        cluster.Replicas("shop", "Api").Select(replica => replica.Node).Order().ShouldBe(["node1", "node2"]);
        cluster.MessageOf("shop").ShouldContain("node1, node2 have 1 replicas of the deployment (max_replicas_per_node)");
        cluster.AddNode("node3", cpus: 8, gpus: 0);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Unplaced_RoomBecomesFree_IsPlacedAtOnce()
    {
        var cluster = await StartAsync(nodes: 1, cpus: 4);
        cluster.Programs.Put("/q", Of("v1", Ingress("Large", cpus: 4)));
        await cluster.SubmitAsync(App("first", "/q"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 4)));
        await cluster.SubmitAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").ShouldBeEmpty();
        await cluster.DeleteAsync("first");
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(4);
    }

    [Fact]
    public async Task Deploy_BundlesThatCantHoldTheReplica_FailsWithTheReason()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api", PlacementGroupBundles = [Amounts(("GPU", 1))] });
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldContain("runs its replicas in the first of its placement_group_bundles");
    }

    [Fact]
    public async Task Redeploy_PlacementChanges_ReplicasAreReplaced()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api" });
        var before = cluster.Replicas("shop", "Api").Single().Id;
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api", NumReplicas = 1 });
        cluster.Replicas("shop", "Api").Single().Id.ShouldBe(before);
        await DeployAsync(cluster, new DeploymentOptions { Name = "Api", MaxReplicasPerNode = 2 });
        cluster.Replicas("shop", "Api").Single().Id.ShouldNotBe(before);
    }

    [Fact]
    public void Pack_ManyReplicas_UsesTheFewestNodes()
    {
        var table = NodeTable.Of(Enumerable.Range(0, 10).Select(i => States.NewNode($"n{i}", 4)));
        var own = Counts();
        for (var i = 0; i < 12; i++)
        {
            var placement = Scheduler.Place(table, One(cpus: 1), own, NodePreference.Pack);
            var node = placement.Node.ShouldNotBeNull();
            own[node] = own.GetValueOrDefault(node) + 1;
            table = table.SetItem(node, Reservation.Take(table[node], placement.Bundles[0].Amounts, placement.Gpus));
        }

        own.Keys.Count.ShouldBe(3);
    }

    [Fact]
    public void DesiredReplica_WrittenAndRead_KeepsWhatIsReserved()
    {
        var desired = States.AReplica(1, ReplicaPhase.Running).Desired with
        {
            MemoryUnits = 5,
            CustomUnits = new Dictionary<string, long> { ["tpu"] = 7 },
            Reserves = [new ReservedBundle { Node = "n2", CpuUnits = 1, MemoryUnits = 2, GpuUnits = 3, Gpus = [4], CustomUnits = new Dictionary<string, long> { ["x"] = 6 } }],
        };
        var read = StoreJson.Read<DesiredReplica>(StoreJson.Write(desired));
        JsonNode.DeepEquals(JsonNode.Parse(StoreJson.Write(read)), JsonNode.Parse(StoreJson.Write(desired))).ShouldBeTrue();
        read.CustomUnits["tpu"].ShouldBe(7);
        read.Reserves.Single().Gpus.ShouldBe([4]);
    }

    private static async Task DeployAsync(FakeCluster cluster, DeploymentOptions options)
    {
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p", overrides: options));
        await cluster.SettleAsync();
    }
}
