using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>A deployment gets to a new version, size or configuration.</summary>
public sealed class RolloutScenarioTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task NewVersion_ReplacesAll_NeverUnderTheDeclaredNumberOfReadyReplicas(int replicas)
    {
        var cluster = await StartAsync(cpus: 16);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var surge = Math.Max(1, (int)Math.Ceiling(replicas / 4.0));
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas)));
        await cluster.DeployAsync(App("shop", "/p"));
        await StepwiseAsync(cluster, () =>
        {
            cluster.Routed("shop", "Api").Count.ShouldBeGreaterThanOrEqualTo(replicas);
            (cluster.Replicas("shop", "Api").Count + cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count).ShouldBeLessThanOrEqualTo(replicas + surge);
        });
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Select(replica => replica.Desired.Program.Version).ShouldBe(Enumerable.Repeat("v2", replicas));
        cluster.Alive.Count.ShouldBe(replicas);
    }

    [Fact]
    public async Task NewVersion_Fails_OldOneKeepsServing()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var before = cluster.Routed("shop", "Api");
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 2))).Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.Routed("shop", "Api").ShouldBe(before);

        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Routed("shop", "Api").ShouldBe(before, "going back must restart nothing");
    }

    [Fact]
    public async Task NewVersion_Hangs_IsReplacedByAThirdWithoutWaiting()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("Api", replicas: 2))).Start = static _ => FakeStart.Hangs;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v3", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await StepwiseAsync(cluster, () => cluster.Routed("shop", "Api").Count.ShouldBeGreaterThanOrEqualTo(2));
        cluster.Replicas("shop", "Api").Select(replica => replica.Desired.Program.Version).ShouldBe(["v3", "v3"]);
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task NewVersion_WithoutADeployment_KeepsItUntilTheOldCallersAreGone()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Helper")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var old = cluster.Replicas("shop", "Api").Single().Id;
        cluster.Programs.Put("/p", Of("v2", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await StepwiseAsync(cluster, () =>
        {
            if (cluster.Alive.Any(worker => worker.Desired.Replica == old))
                cluster.Routed("shop", "Helper").Count.ShouldBe(1, "an old replica may still call it");
        });
        cluster.State.Applications["shop"].Deployments.Keys.ShouldBe(["Api"]);
        cluster.Alive.Count.ShouldBe(1);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task NewVersion_WithAnotherIngress_OldOneTakesRequestsUntilItIsReady()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Old")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("New")));
        await cluster.DeployAsync(App("shop", "/p"));
        await StepwiseAsync(cluster, () => cluster.Routed("shop", cluster.Routes("shop")!.Ingress!).Count.ShouldBe(1));
        cluster.Routes("shop")!.Ingress.ShouldBe("New");
        cluster.Alive.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ScaleUpAndDown_StartsAndStopsOnlyTheDifference()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var first = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        await ScaleAsync(5);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).Take(2).ShouldBe(first);
        cluster.Replicas("shop", "Api").Count.ShouldBe(5);
        await ScaleAsync(2);
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(first, "the newest go");
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);

        async Task ScaleAsync(int replicas)
        {
            await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = replicas }));
            await cluster.SettleAsync();
        }
    }

    [Fact]
    public async Task ScaleDown_SomeAreStarting_TheyGoFirst()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        program.Start = static _ => FakeStart.Hangs;
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = 4 }));
        await cluster.SettleAsync();
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = 2 }));
        await StepwiseAsync(cluster, () => cluster.Routed("shop", "Api").Count.ShouldBe(2));
        cluster.Alive.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Settings_Change_AreTakenUpInPlace()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(Configured("""{"threshold": 0.5}"""));
        await cluster.SettleAsync();
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        await cluster.DeployAsync(Configured("""{"threshold": 0.7}"""));
        await StepwiseAsync(cluster, () => cluster.Routed("shop", "Api").Count.ShouldBe(2));
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Settings.UserConfig!["threshold"]!.GetValue<double>() == 0.7);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Settings_Refused_SaysSoAndServesOnWithTheOldOnes()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(Configured("""{"threshold": 0.5}"""));
        await cluster.SettleAsync();
        program.Reconfigure = static settings => settings.UserConfig!["threshold"]!.GetValue<double>() > 1 ? "System.ArgumentException: over 1" : null;
        await cluster.DeployAsync(Configured("""{"threshold": 7}"""));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldMatch(@"^Api: replica \d+-\d+ could not take up its settings: System\.ArgumentException: over 1$");
        cluster.Routed("shop", "Api").Count.ShouldBe(1);
        await cluster.DeployAsync(Configured("""{"threshold": 0.5}"""));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Settings_RefusedAndSubmittedAgain_AreTriedAgain()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(Configured("1"));
        await cluster.SettleAsync();
        program.Reconfigure = static _ => "System.IO.IOException: the file is not there yet";
        await cluster.DeployAsync(Configured("2"));
        await cluster.SettleAsync();
        program.Reconfigure = static _ => null;
        await cluster.DeployAsync(Configured("2"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Args_Change_ReplacesReplicas()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var before = cluster.Replicas("shop", "Api").Single().Id;
        await cluster.DeployAsync(App("shop", "/p", args: new JsonObject { ["model"] = "large" }));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Id.ShouldNotBe(before);
    }

    [Fact]
    public async Task Resources_ChangeOfOneDeployment_LeavesTheOthersAlone()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Model")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var api = cluster.Replicas("shop", "Api").Single().Id;
        var model = cluster.Replicas("shop", "Model").Single().Id;
        await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Model", Resources = new ResourceOptions { Cpus = 2 } }));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Id.ShouldBe(api);
        cluster.Replicas("shop", "Model").Single().Id.ShouldNotBe(model);
    }

    private static ApplicationSpec Configured(string userConfig) =>
        App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", UserConfig = JsonNode.Parse(userConfig) });

    /// <summary>Lets everything happen one step at a time and looks after each.</summary>
    private static async Task StepwiseAsync(FakeCluster cluster, Action look)
    {
        while (await cluster.StepAsync())
            look();
    }
}
