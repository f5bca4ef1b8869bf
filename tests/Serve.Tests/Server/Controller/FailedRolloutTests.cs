using Serve.Specs;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>While a new version does not come up, the old one serves on, and is kept up.</summary>
public sealed class FailedRolloutTests
{
    [Theory]
    [InlineData(25)]
    [InlineData(0)]
    public async Task OldReplicaCrashes_ComesBackInTheOldVersion(double surge)
    {
        var cluster = await StartFailingUpdateAsync(surge);
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        ReadyVersions(cluster).ShouldBe(["v1", "v1", "v1", "v1"]);

        foreach (var replica in cluster.Replicas("shop", "Api").Take(2).ToList())
            cluster.Nodes[replica.Node].Crash(replica.Id);
        await cluster.SettleAsync();
        ReadyVersions(cluster).ShouldBe(["v1", "v1", "v1", "v1"]);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
    }

    [Fact]
    public async Task ControllerChanges_OldReplicaCrashes_ComesBackInTheOldVersion()
    {
        var cluster = await StartFailingUpdateAsync(25);
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        var replica = cluster.Replicas("shop", "Api")[0];
        cluster.Nodes[replica.Node].Crash(replica.Id);
        await cluster.SettleAsync();
        ReadyVersions(cluster).ShouldBe(["v1", "v1", "v1", "v1"]);
    }

    [Fact]
    public async Task OldVersionCannotStartAnyMore_IsTriedWithPauses()
    {
        var cluster = await StartFailingUpdateAsync(25);
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        cluster.Programs.All.Single(program => program.Version == "v1").Start = static _ => FakeStart.Fails;
        var replica = cluster.Replicas("shop", "Api")[0];
        cluster.Nodes[replica.Node].Crash(replica.Id);
        var before = cluster.State.NextNumber;
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        ReadyVersions(cluster).ShouldBe(["v1", "v1", "v1"]);
        (cluster.State.NextNumber - before).ShouldBeLessThan(40);
    }

    [Fact]
    public async Task GoodVersionFollows_ReplacesTheOldOne()
    {
        var cluster = await StartFailingUpdateAsync(25);
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        await DeployAsync(cluster, "v3", 25);
        await cluster.SettleAsync();
        ReadyVersions(cluster).ShouldBe(["v3", "v3", "v3", "v3"]);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Alive.Count.ShouldBe(4);
    }

    [Fact]
    public async Task NewVersionHasADeploymentLess_WhatCrashesThereComesBackUntilTheNewVersionServes()
    {
        var cluster = await StartAsync(cpus: 16);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Model")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("Api"))).Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var model = cluster.Replicas("shop", "Model").Single();
        cluster.Nodes[model.Node].Crash(model.Id);
        await cluster.SettleAsync();
        cluster.Routed("shop", "Model").Count.ShouldBe(1, "the old ingress still calls it");
    }

    private static async Task<FakeCluster> StartFailingUpdateAsync(double surge)
    {
        var cluster = await StartAsync(cpus: 16);
        await DeployAsync(cluster, "v1", surge);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        (await DeployAsync(cluster, "v2", surge)).Start = static _ => FakeStart.Fails;
        return cluster;
    }

    private static async Task<FakeProgram> DeployAsync(FakeCluster cluster, string version, double surge)
    {
        var program = cluster.Programs.Put("/p", Of(version, Ingress("Api", replicas: 4)));
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", MaxSurgePercent = surge }));
        return program;
    }

    private static IEnumerable<string> ReadyVersions(FakeCluster cluster) =>
        cluster.Replicas("shop", "Api").Where(replica => cluster.Routed("shop", "Api").Contains(replica.Id.ToString())).Select(replica => replica.Desired.Program.Version);
}
