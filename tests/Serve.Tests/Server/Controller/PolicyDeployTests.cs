using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Parsing;
using Serve.Testing.Cluster;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Controller;

/// <summary>What is refused of scaling policies once the program has said which it has.</summary>
public sealed class PolicyDeployTests
{
    [Fact]
    public async Task Deploy_PolicyOfTheProgram_IsTaken()
    {
        var cluster = await DeployAsync(WithPolicy("Shop.QueuePolicy"));
        cluster.State.Applications["shop"].Failure.ShouldBeNull();
        cluster.Find("shop", "Api").Target.Spec.Autoscaling!.Policy.ShouldBe(new PolicySpec("Shop.QueuePolicy", Arguments: null, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Deploy_UnknownPolicy_SaysWhichThereAre()
    {
        var cluster = await DeployAsync(WithPolicy("Shop.QueuPolicy"));
        cluster.State.Applications["shop"].Failure.ShouldBe(
            "The deployment 'Api' names the policy_function 'Shop.QueuPolicy', but the program has no class of that full name that implements IAutoscalingPolicy; it has 'Shop.QueuePolicy', 'Shop.CalendarPolicy'. Did you mean 'Shop.QueuePolicy'?");
    }

    [Fact]
    public async Task Deploy_UnknownApplicationPolicy_SaysWhichThereAre()
    {
        var cluster = await DeployAsync(new DeploymentOptions { Name = "Api", NumReplicas = ReplicaCount.Auto }, new PolicyOptions { Function = "Shop.QueuePolicy" });
        cluster.State.Applications["shop"].Failure.ShouldBe(
            "Application 'shop' names the autoscaling_policy 'Shop.QueuePolicy', but the program has no class of that full name that implements IApplicationAutoscalingPolicy; it has 'Shop.Together'.");
    }

    [Fact]
    public async Task Deploy_ApplicationPolicyWithNothingToDecide_IsRefused()
    {
        var cluster = await DeployAsync(overrides: null, new PolicyOptions { Function = "Shop.Together" });
        cluster.State.Applications["shop"].Failure.ShouldNotBeNull().ShouldStartWith("The autoscaling_policy 'Shop.Together' of the application has nothing to decide: no deployment of it has an autoscaling_config");
    }

    [Fact]
    public async Task Deploy_ApplicationPolicyOverOneOfTheCode_IsRefused()
    {
        var cluster = await FakeCluster.StartAsync();
        var ingress = FakeProgram.Ingress("Api");
        cluster.Programs.Put("/p", ProgramOf(ingress with { Options = ConfigWriter.Write(WithPolicy("Shop.QueuePolicy")) }));
        await cluster.DeployAsync(FakeCluster.App("shop", "/p") with { Policy = new PolicyOptions { Function = "Shop.Together" } });
        await cluster.SettleAsync();
        cluster.State.Applications["shop"].Failure.ShouldBe("autoscaling_policy of application 'shop': 'Shop.Together' decides for all deployments of the application, so that no policy of 'Api' would be asked; remove the one or the other.");
    }

    [Fact]
    public async Task Deploy_AnotherPolicy_TouchesNoReplica()
    {
        var cluster = await DeployAsync(WithPolicy("Shop.QueuePolicy"));
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        foreach (var next in new[] { "Shop.CalendarPolicy", PolicyOptions.Default, "Shop.QueuePolicy" })
        {
            await cluster.DeployAsync(FakeCluster.App("shop", "/p", overrides: WithPolicy(next)));
            await cluster.SettleAsync();
            cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
            (cluster.Find("shop", "Api").Target.Spec.Autoscaling!.Policy?.Name ?? PolicyOptions.Default).ShouldBe(next);
        }
    }

    private static DeploymentOptions WithPolicy(string name) => new() { Name = "Api", Autoscaling = new AutoscalingOptions { MaxReplicas = 5, Policy = new PolicyOptions { Function = name } } };

    private static FakeProgram ProgramOf(DeploymentDescription ingress) => new() { Version = "v1", Deployments = [ingress], Policies = ["Shop.QueuePolicy", "Shop.CalendarPolicy"], ApplicationPolicies = ["Shop.Together"] };

    private static async Task<FakeCluster> DeployAsync(DeploymentOptions? overrides, PolicyOptions? policy = null)
    {
        var cluster = await FakeCluster.StartAsync();
        cluster.Programs.Put("/p", ProgramOf(FakeProgram.Ingress("Api")));
        await cluster.DeployAsync((overrides is null ? FakeCluster.App("shop", "/p") : FakeCluster.App("shop", "/p", overrides: overrides)) with { Policy = policy });
        await cluster.SettleAsync();
        return cluster;
    }
}
