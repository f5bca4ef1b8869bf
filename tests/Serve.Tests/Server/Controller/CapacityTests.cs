using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Status;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>The share of every deployment's size that a document asks for, and numbers of replicas that move within bounds.</summary>
public sealed class CapacityTests
{
    private static readonly DeploymentOptions Bounds = new() { Name = "Api", Autoscaling = new AutoscalingOptions { MinReplicas = 2, InitialReplicas = 4, MaxReplicas = 6 } };

    [Fact]
    public async Task TargetCapacity_UpAndDownAndAway_EveryDeploymentFollowsWithoutRestarts()
    {
        var cluster = await StartAsync(cpus: 32);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 6), Deployment("Model", replicas: 3)));
        foreach (var (percent, api, model) in new[] { (0.0, 0, 0), (50, 3, 2), (100, 6, 3), (20, 1, 1) })
        {
            var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
            await cluster.DeployAsync(new ClusterOptions(percent, Logging: null), App("shop", "/p"));
            await cluster.SettleAsync();
            (cluster.Replicas("shop", "Api").Count, cluster.Replicas("shop", "Model").Count).ShouldBe((api, model), $"{percent} %");
            cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING, $"{percent} %");
            cluster.Replicas("shop", "Api").Select(replica => replica.Id).Intersect(before).Count().ShouldBe(Math.Min(before.Count, api), "no replica may be replaced");
        }

        await cluster.DeployAsync(new ClusterOptions(TargetCapacity: null, Logging: null), App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(6);
    }

    [Fact]
    public async Task TargetCapacity_NewController_KnowsItAndItsDirection()
    {
        var cluster = await StartAsync(cpus: 32);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 6)));
        await cluster.DeployAsync(new ClusterOptions(50, new LoggingSpec { Encoding = LogEncoding.JSON }), App("shop", "/p"));
        await cluster.SettleAsync();
        var settings = cluster.State.Settings;
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.State.Settings.ShouldBe(settings);
        settings.Capacity.ShouldBe(new TargetCapacity(50, CapacityDirection.Up));
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
    }

    [Fact]
    public async Task TargetCapacity_ApplicationSubmittedByItself_KeepsIt()
    {
        var cluster = await StartAsync(cpus: 32);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 6)));
        await cluster.DeployAsync(new ClusterOptions(50, Logging: null), App("shop", "/p"));
        await cluster.SubmitAsync(App("other", "/p"));
        await cluster.SettleAsync();
        cluster.Replicas("other", "Api").Count.ShouldBe(3);
    }

    [Fact]
    public async Task Autoscaling_FirstDeploy_StartsTheInitialNumber()
    {
        var cluster = await StartAsync(cpus: 32);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p", overrides: Bounds));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(4);
    }

    [Fact]
    public async Task Autoscaling_ChangedBounds_KeepTheNumberWithinThem()
    {
        var cluster = await StartAsync(cpus: 32);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        foreach (var (min, max, expected) in new[] { (4, 6, 4), (1, 6, 4), (1, 3, 3), (1, 6, 3), (5, 6, 5) })
        {
            await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", Autoscaling = new AutoscalingOptions { MinReplicas = min, MaxReplicas = max } }));
            await cluster.SettleAsync();
            cluster.Replicas("shop", "Api").Count.ShouldBe(expected, $"{min} to {max}");
            await cluster.RestartControllerAsync();
            await cluster.SettleAsync();
            cluster.Replicas("shop", "Api").Count.ShouldBe(expected, $"{min} to {max}, after another controller took over");
        }
    }

    [Fact]
    public async Task Autoscaling_ExternallyScaledApplication_IsRefusedAlsoWhereTheCodeAsksForIt()
    {
        var cluster = await StartAsync();
        var api = Ingress("Api");
        api.Options["num_replicas"] = "auto";
        cluster.Programs.Put("/p", Of("v1", api));
        await cluster.DeployAsync(App("shop", "/p") with { IsExternallyScaled = true });
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldContain("external_scaler_enabled");
    }

    [Fact]
    public async Task Logging_DeploymentOverApplicationOverDocument_IsTakenUpInPlace()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Model")));
        var overrides = new DeploymentOptions { Name = "Model", Logging = new LoggingSpec { LogLevel = LogSeverity.DEBUG } };
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var before = cluster.Alive.Count;

        await cluster.DeployAsync(new ClusterOptions(null, new LoggingSpec { LogLevel = LogSeverity.ERROR }), App("shop", "/p", overrides: overrides), App("other", "/p") with { Logging = new LoggingSpec { LogLevel = LogSeverity.CRITICAL } });
        await cluster.SettleAsync();
        LogSeverity? LevelOf(string application, string deployment) => cluster.Replicas(application, deployment).Single().Desired.Settings.Logging?.LogLevel;
        (LevelOf("shop", "Api"), LevelOf("shop", "Model"), LevelOf("other", "Api")).ShouldBe((LogSeverity.ERROR, LogSeverity.DEBUG, LogSeverity.CRITICAL));
        cluster.Alive.Count.ShouldBe(2 * before);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }
}
