using Serve.Specs;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Nodes come, go and start anew.</summary>
public sealed class NodeTests
{
    [Fact]
    public async Task NodeLost_ItsReplicasComeUpElsewhere()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, replicas: 4);
        cluster.Nodes["node1"].Lose();
        await cluster.DeliverAsync([.. cluster.Mail]);
        cluster.Routed("shop", "Api").Count.ShouldBe(2, "lost replicas leave the routes at once");
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Node == "node2");
    }

    [Fact]
    public async Task NodeLost_OnlyOne_NothingIsPlacedOnItAndItHealsWhenItIsBack()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        cluster.Nodes["node1"].Lose();
        await cluster.SettleAsync();
        cluster.MessageOf("shop").ShouldBe("Api: 0 of 2 replicas are ready, awaited since 00:00:00 UTC; no node is there yet.");
        cluster.Nodes["node1"].Start();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeRestarted_ReplicasAreStartedAnewWithNewIds()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Nodes["node1"].Start();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).Intersect(before).ShouldBeEmpty();
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeRestarted_WhileDescribing_DescribesAgain()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        cluster.Nodes["node1"].NextSteps().Single()();
        cluster.Nodes["node1"].Start();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task NodeRestarted_WhileReplicasStop_ForgetsThem()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        await cluster.DeleteAsync("shop");
        cluster.Nodes["node1"].Start();
        await cluster.SettleAsync();
        cluster.State.Applications.ShouldBeEmpty();
    }

    [Fact]
    public async Task NodeLost_DuringARollout_FinishesOnTheOthers()
    {
        var cluster = await StartAsync(nodes: 3, cpus: 4);
        await DeployAsync(cluster, replicas: 6);
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 6)));
        await cluster.DeployAsync(App("shop", "/p"));
        for (var i = 0; i < 6; i++)
        {
            cluster.Nodes.Values.SelectMany(node => node.NextSteps()).First()();
            await cluster.DeliverAsync([.. cluster.Mail]);
        }

        cluster.Nodes["node2"].Lose();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Program.Version == "v2" && replica.Node != "node2");
    }

    [Fact]
    public async Task NewNode_GetsNewReplicasFirst()
    {
        var cluster = await StartAsync(cpus: 8);
        await DeployAsync(cluster, replicas: 4);
        cluster.AddNode("node2", cpus: 8, gpus: 0);
        await cluster.SettleAsync();
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = 8 }));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count(replica => replica.Node == "node2").ShouldBe(4);
    }

    [Fact]
    public async Task Gpus_Fractions_ShareOneAndWholeOnesAreAlone()
    {
        var cluster = await StartAsync(cpus: 16, gpus: 3);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Small", replicas: 2, gpus: 0.5), Deployment("Large", gpus: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        var small = cluster.Replicas("shop", "Small").SelectMany(replica => replica.Desired.Gpus).Distinct().ToList();
        small.Count.ShouldBe(1);
        cluster.Replicas("shop", "Large").Single().Desired.Gpus.ShouldBe(Enumerable.Range(0, 3).Except(small));
        cluster.Replicas("shop", "Api").Single().Desired.Gpus.ShouldBeEmpty();
    }

    private static async Task DeployAsync(FakeCluster cluster, int replicas)
    {
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
    }
}
