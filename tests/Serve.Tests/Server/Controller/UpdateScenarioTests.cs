using Serve.Specs;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Several things change at a time, or while others change still.</summary>
public sealed class UpdateScenarioTests
{
    [Theory]
    [InlineData(4, 2, 25)]
    [InlineData(2, 5, 25)]
    [InlineData(4, 2, 0)]
    [InlineData(2, 5, 0)]
    public async Task VersionAndCount_ChangeTogether_GetsToBoth(int before, int after, double surge)
    {
        var cluster = await StartAsync(cpus: 16);
        await DeployAsync(cluster, "v1", before, surge);
        await cluster.SettleAsync();
        await DeployAsync(cluster, "v2", after, surge);
        await cluster.SettleAsync();
        Versions(cluster).ShouldBe(Enumerable.Repeat("v2", after));
        cluster.Alive.Count.ShouldBe(after);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Theory]
    [InlineData(6, 25)]
    [InlineData(2, 25)]
    [InlineData(6, 0)]
    [InlineData(2, 0)]
    public async Task Count_ChangesDuringARollout_IsHonoured(int count, double surge)
    {
        var cluster = await StartAsync(cpus: 16);
        await DeployAsync(cluster, "v1", 4, surge);
        await cluster.SettleAsync();
        await DeployAsync(cluster, "v2", 4, surge);
        while (!Versions(cluster).Contains("v2"))
            (await cluster.StepAsync()).ShouldBeTrue();
        await cluster.DeployAsync(Spec(count, surge));
        await cluster.SettleAsync();
        Versions(cluster).ShouldBe(Enumerable.Repeat("v2", count));
        cluster.Alive.Count.ShouldBe(count);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(0)]
    public async Task ThirdVersion_WhileTheSecondTakesOver_ArrivesWithoutStartingTheFirstOverAndOver(double surge)
    {
        var cluster = await StartAsync(cpus: 16);
        await DeployAsync(cluster, "v1", 2, surge);
        await cluster.SettleAsync();
        await DeployAsync(cluster, "v2", 4, surge);
        while (Versions(cluster).Count(version => version == "v2") < 3)
            (await cluster.StepAsync()).ShouldBeTrue();
        await DeployAsync(cluster, "v3", 1, surge);
        for (var i = 0; i < 200 && !Versions(cluster).SequenceEqual(["v3"]); i++)
            (await cluster.StepAsync()).ShouldBeTrue();
        Versions(cluster).ShouldBe(["v3"]);
    }

    [Fact]
    public async Task LightOptions_Change_RestartNothing()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, "v1", 2, 25);
        await cluster.SettleAsync();
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions
        {
            Name = "Api",
            NumReplicas = 2,
            MaxOngoingRequests = 7,
            MaxQueuedRequests = 3,
            HealthCheckPeriod = TimeSpan.FromSeconds(1),
            HealthCheckTimeout = TimeSpan.FromSeconds(2),
            HealthCheckFailureThreshold = 5,
            GracefulShutdownTimeout = TimeSpan.FromSeconds(4),
            RollingUpdatePercentage = 0.5,
        }));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
        var order = cluster.Replicas("shop", "Api")[0].Desired;
        (order.Settings.MaxOngoingRequests, order.HealthCheckFailureThreshold, order.GracefulShutdownTimeout).ShouldBe((7, 5, TimeSpan.FromSeconds(4)));
        cluster.Routes("shop")!.Deployments[0].MaxQueuedRequests.ShouldBe(3);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Settings_OfManyReplicas_AreTakenUpInWavesAndStopAtTheFirstThatFails()
    {
        var cluster = await StartAsync(cpus: 16);
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 10)));
        await cluster.DeployAsync(Configured(1));
        await cluster.SettleAsync();
        var most = 0;
        await cluster.DeployAsync(Configured(2));
        while (await cluster.StepAsync())
            most = Math.Max(most, cluster.Replicas("shop", "Api").Count(replica => !replica.IsUpToDate));
        most.ShouldBe(2, "rolling_update_percentage is 0.2");

        program.Reconfigure = static _ => "it does not fit";
        await cluster.DeployAsync(Configured(3));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count(replica => replica.Desired.Settings.UserConfig!.GetValue<int>() == 3).ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        program.Reconfigure = static _ => null;
        await cluster.DeployAsync(Configured(4));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Settings.UserConfig!.GetValue<int>() == 4);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);

        static ApplicationSpec Configured(int value) => App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", UserConfig = value });
    }

    [Fact]
    public async Task DeploymentName_OfAnyCharacters_Works()
    {
        const string Name = "Größe/2 %20 ü?.";
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress(Name, replicas: 2)));
        await cluster.DeployAsync(App("my shop/ä", "/p", prefix: "/shop"));
        await cluster.SettleAsync();
        cluster.Routed("my shop/ä", Name).Count.ShouldBe(2);
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Routed("my shop/ä", Name).Count.ShouldBe(2);
        await cluster.DeleteAsync("my shop/ä");
        await cluster.SettleAsync();
        cluster.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task ZeroCpus_AreARequestLikeAnyOther()
    {
        var cluster = await StartAsync(cpus: 1);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 20, cpus: 0)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Routed("shop", "Api").Count.ShouldBe(20);
    }

    [Fact]
    public async Task TwoApplications_WithTheSameDeploymentName_AreApart()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/a", Of("a1", Ingress("Api", replicas: 2)));
        cluster.Programs.Put("/b", Of("b1", Ingress("Api")));
        await cluster.DeployAsync(App("a", "/a"), App("b", "/b"));
        await cluster.SettleAsync();
        await cluster.DeleteAsync("a");
        await cluster.SettleAsync();
        cluster.Routed("b", "Api").Count.ShouldBe(1);
        cluster.Alive.Count.ShouldBe(1);
    }

    [Fact]
    public async Task OneReplicaFailsWhileAnotherStarts_BecomesHealthyByTryingAgain()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        program.Start = static replica => replica.Number % 2 == 0 ? FakeStart.Fails : FakeStart.Ready;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Crash_OfAHealthyDeployment_IsUnhealthyUntilItsReplacementIsReady()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, "v1", 2, 25);
        await cluster.SettleAsync();
        var replica = cluster.Replicas("shop", "Api")[0];
        cluster.Nodes[replica.Node].Crash(replica.Id);
        await cluster.DeliverAsync([.. cluster.Mail]);
        cluster.Find("shop", "Api").Condition.ShouldSatisfyAllConditions(
            condition => condition.Status.ShouldBe(DeploymentStatus.UNHEALTHY),
            condition => condition.Trigger.ShouldBe(DeploymentStatusTrigger.HEALTH_CHECK_FAILED));
        await cluster.SettleAsync();
        cluster.Find("shop", "Api").Condition.Status.ShouldBe(DeploymentStatus.HEALTHY);
    }

    private static ApplicationSpec Spec(int replicas, double surge) =>
        App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = replicas, MaxSurgePercent = surge });

    private static async Task DeployAsync(FakeCluster cluster, string version, int replicas, double surge)
    {
        cluster.Programs.Put("/p", Of(version, Ingress("Api")));
        await cluster.DeployAsync(Spec(replicas, surge));
    }

    private static List<string> Versions(FakeCluster cluster) => [.. cluster.Replicas("shop", "Api").Select(replica => replica.Desired.Program.Version)];
}
