using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>A node whose lease ends although it lives comes back with its replicas: they are taken back where they were not replaced, and end where they were.</summary>
public sealed class AbsentNodeTests
{
    [Fact]
    public async Task NodeReturns_NothingWasReplaced_ItsReplicasServeOnAsTheyAre()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Nodes["node1"].Vanish();
        await cluster.SettleAsync();
        cluster.Routed("shop", "Api").ShouldBeEmpty();

        cluster.Nodes["node1"].Return();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
        cluster.Routed("shop", "Api").ShouldBe(before.Select(id => id.ToString()));
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeReturns_ReplicasWereReplaced_TheOldOnesEnd()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, replicas: 4);
        cluster.Nodes["node1"].Vanish();
        await cluster.SettleAsync();
        var replaced = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        replaced.Count.ShouldBe(4);

        cluster.Nodes["node1"].Return();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(replaced);
        cluster.Alive.Count.ShouldBe(4, "what was replaced ends");
    }

    [Fact]
    public async Task NodeReturns_ReplacementsOnlyStart_WhatRunsIsTakenBackAndTheyGo()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, replicas: 2);
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Nodes["node1"].Vanish();
        await cluster.DeliverAsync([.. cluster.Mail]);
        cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count.ShouldBe(1);

        cluster.Nodes["node1"].Return();
        await cluster.DeliverAsync([.. cluster.Mail]);
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeReturns_ApplicationWasDeletedMeanwhile_ItsReplicasEnd()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        cluster.Nodes["node1"].Vanish();
        await cluster.SettleAsync();
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        cluster.State.Applications.ShouldBeEmpty();

        cluster.Nodes["node1"].Return();
        await cluster.SettleAsync();
        cluster.Alive.ShouldBeEmpty();
        cluster.Store.Entries($"{ClusterKeys.DesiredOf("node1")}").ShouldBeEmpty();
    }

    [Fact]
    public async Task NodeReturns_AsAnotherIncarnation_NothingIsTakenBack()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Nodes["node1"].Vanish();
        await cluster.SettleAsync();
        cluster.Nodes["node1"].Start();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).Intersect(before).ShouldBeEmpty();
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeReturns_AnotherControllerLeadsByNow_ItsReplicasAreTakenBack()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Nodes["node1"].Vanish();
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Nodes["node1"].Return();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
    }

    [Fact]
    public async Task NodeReturns_AReplicaDiedMeanwhile_IsReplaced()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, replicas: 2);
        var dead = cluster.Replicas("shop", "Api")[0].Id;
        cluster.Nodes["node1"].Vanish();
        await cluster.SettleAsync();
        cluster.Nodes["node1"].Crash(dead);
        cluster.Nodes["node1"].Return();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldNotContain(dead);
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NodeStaysAway_ItsOrdersAreTakenBackInTheEnd()
    {
        var cluster = await StartAsync(nodes: 2);
        await DeployAsync(cluster, replicas: 2);
        cluster.Nodes["node1"].Lose();
        await cluster.SettleAsync();
        cluster.Store.Entries(ClusterKeys.DesiredOf("node1")).ShouldNotBeEmpty();
        await cluster.PassAsync(AbsentNode.Patience);
        cluster.Store.Entries(ClusterKeys.DesiredOf("node1")).ShouldBeEmpty();
    }

    private static async Task DeployAsync(FakeCluster cluster, int replicas)
    {
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }
}
