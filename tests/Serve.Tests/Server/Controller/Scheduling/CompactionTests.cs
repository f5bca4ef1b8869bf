using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Replicas move so that a node becomes free.</summary>
public sealed class CompactionTests
{
    [Fact]
    public async Task Compact_ReplicasOfANodeFitElsewhere_MoveNewOnesFirst()
    {
        var cluster = await SpreadOverTwoAsync();
        Start(cluster, FakeStart.Hangs);
        await cluster.DeliverAsync(new Compact());
        var emptied = cluster.State.Emptying.ShouldNotBeNull();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2, "the old ones serve until the new one is ready");
        cluster.Routed("shop", "Api").Count.ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);

        Start(cluster, FakeStart.Ready);
        await cluster.SettleAsync();
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
        cluster.State.Nodes[emptied].IsIdle.ShouldBeTrue();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Compact_NoRoomElsewhere_MovesNothing()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 2);
        await DeployAsync(cluster, Ingress("Api", replicas: 3));
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
    }

    [Fact]
    public async Task Compact_OneNodeInUseAndOneFree_DoesNotMoveBackAndForth()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 4);
        await DeployAsync(cluster, Ingress("Api"));
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
    }

    [Fact]
    public async Task Compact_DuringARollout_Waits()
    {
        var cluster = await SpreadOverTwoAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 2)));
        Start(cluster, FakeStart.Hangs);
        await cluster.DeployAsync(App("shop", "/p", args: new JsonObject { ["x"] = 1 }));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
    }

    [Fact]
    public async Task Compact_OthersNeedTheRoom_GivesUpAtOnce()
    {
        var cluster = await SpreadOverTwoAsync();
        Start(cluster, FakeStart.Hangs);
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldNotBeNull();
        cluster.Programs.Put("/q", Of("v1", Ingress("Big", cpus: 3)));
        await cluster.SubmitAsync(App("other", "/q"));
        await cluster.SettleAsync();
        cluster.State.Emptying.ShouldBeNull();
        cluster.State.Unplaced.ShouldBeEmpty();
        cluster.Replicas("other", "Big").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Compact_ReplacementFails_TheOldReplicaStaysAndThereIsAPause()
    {
        var cluster = await SpreadOverTwoAsync();
        Start(cluster, FakeStart.Fails);
        await cluster.DeliverAsync(new Compact());
        await cluster.SettleAsync();
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
        Start(cluster, FakeStart.Ready);
        await cluster.PassAsync(TimeSpan.FromMinutes(5));
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldBeNull();
        await cluster.PassAsync(TimeSpan.FromMinutes(5));
        await cluster.DeliverAsync(new Compact());
        cluster.State.Emptying.ShouldNotBeNull();
    }

    [Fact]
    public async Task Compact_ControllerDiesOnTheWay_NothingIsTwice()
    {
        var cluster = await SpreadOverTwoAsync();
        Start(cluster, FakeStart.Hangs);
        await cluster.DeliverAsync(new Compact());
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Alive.Count.ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Compact_RandomClusters_EndsAndNeverServesLessAndNeverOverbooks()
    {
        var freed = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var cluster = await StartAsync(nodes: random.Next(2, 7), cpus: random.Next(2, 9));
            var deployments = Enumerable.Range(0, random.Next(1, 4)).Select(i => Deployment($"D{i}", random.Next(1, 4), random.Next(1, 5) * 0.5)).Prepend(Ingress("Api")).ToArray();
            await DeployAsync(cluster, deployments);
            if (cluster.StatusOf("shop") != ApplicationStatus.RUNNING)
                continue;
            var inUse = InUse(cluster);
            for (var round = 0; ; round++)
            {
                round.ShouldBeLessThanOrEqualTo(inUse, $"seed {seed}");
                await cluster.DeliverAsync(new Compact());
                if (cluster.State.Emptying is null)
                    break;
                await SettleServingAsync(cluster, deployments.Select(deployment => deployment.Name), $"seed {seed}");
                await cluster.DeliverAsync(new Compact());
                cluster.State.Emptying.ShouldBeNull($"seed {seed}");
                InUse(cluster).ShouldBe(inUse - round - 1, $"seed {seed}");
                freed++;
            }

            cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING, $"seed {seed}");
        }

        freed.ShouldBeGreaterThan(30);
    }

    private static int InUse(FakeCluster cluster) => cluster.State.Nodes.Values.Count(node => !node.IsIdle);

    /// <summary>Step by step, so that a moment with too few replicas in the routes is seen. The cluster checks its bookings itself.</summary>
    private static async Task SettleServingAsync(FakeCluster cluster, IEnumerable<string> deployments, string because)
    {
        while (true)
        {
            foreach (var deployment in deployments)
                cluster.Routed("shop", deployment).Count.ShouldBeGreaterThanOrEqualTo(cluster.Find("shop", deployment).Target.Spec.NumReplicas, because);
            if (cluster.Mail.Count > 0)
                await cluster.DeliverAsync(cluster.Mail[0]);
            else if (cluster.Nodes.Values.SelectMany(node => node.NextSteps()).FirstOrDefault() is { } step)
                step();
            else
                return;
        }
    }

    /// <summary>Two replicas of one CPU on two nodes of four.</summary>
    private static async Task<FakeCluster> SpreadOverTwoAsync()
    {
        var cluster = await StartAsync(nodes: 2, cpus: 4);
        await DeployAsync(cluster, Ingress("Api", replicas: 2));
        cluster.Replicas("shop", "Api").Select(replica => replica.Node).ShouldBeUnique();
        return cluster;
    }

    private static async Task DeployAsync(FakeCluster cluster, params Serve.Wire.Control.DeploymentDescription[] deployments)
    {
        cluster.Programs.Put("/p", Of("v1", deployments));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
    }

    /// <summary>What starts of replicas come to from now on.</summary>
    private static void Start(FakeCluster cluster, FakeStart start)
    {
        foreach (var program in cluster.Programs.All)
            program.Start = _ => start;
    }
}
