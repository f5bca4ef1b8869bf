using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Deployments that have no replica and get one when they need it, or are told why not.</summary>
public sealed class ZeroTests
{
    private static readonly DeploymentOptions Bounds = new() { Name = "Api", Autoscaling = new AutoscalingOptions { MinReplicas = 0, MaxReplicas = 4 } };

    [Fact]
    public async Task Deploy_WithNoReplicas_RunsAndKeepsItsRoute()
    {
        var cluster = await AtZeroAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        (cluster.Find("shop", "Api").Condition.Status, cluster.MessageOf("shop")).ShouldBe((DeploymentStatus.HEALTHY, ""));
        var routes = cluster.Routes("shop")!;
        (routes.RoutePrefix, routes.Ingress).ShouldBe(("/shop", "Api"));
        routes.Deployments.Single().UnavailableReason.ShouldBeNull("requests wait: they are what brings a replica");
    }

    [Fact]
    public async Task Scale_ToZeroAndBack_OneReplicaIsStartedOnce()
    {
        var cluster = await AtZeroAsync();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            (await cluster.ScaleAsync("shop", "Api", 1)).ShouldBeNull();
            (await cluster.ScaleAsync("shop", "Api", 1)).ShouldBeNull();
            await cluster.SettleAsync();
            cluster.Routed("shop", "Api").Count.ShouldBe(1);
            (await cluster.ScaleAsync("shop", "Api", 0)).ShouldBeNull();
            await cluster.SettleAsync();
            cluster.Alive.ShouldBeEmpty();
            cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        }

        cluster.State.NextNumber.ShouldBe(4, "one number for the description, and one for each start");
    }

    [Fact]
    public async Task Scale_OfAFixedNumberToZero_StaysOverARestartAndCanBeSubmittedAgain()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.SubmitAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        (await cluster.ScaleAsync("shop", "Api", 0)).ShouldBeNull();
        await cluster.SettleAsync();
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        (cluster.Alive.Count, cluster.StatusOf("shop")).ShouldBe((0, ApplicationStatus.RUNNING));
        DeploymentRules.Check(cluster.State.Applications["shop"].Spec.Deployments.Single()).ShouldBeEmpty("what the server says is what it takes");
        (await cluster.RollBackAsync("shop")).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Routed("shop", "Api").Count.ShouldBe(2);
    }

    [Fact]
    public async Task ColdStart_Fails_RequestsAreToldTheCauseUntilTheNextTry()
    {
        var cluster = await AtZeroAsync(out var program);
        program.Start = static _ => FakeStart.Fails;
        await cluster.ScaleAsync("shop", "Api", 1);
        RoutesOf(cluster).UnavailableReason.ShouldBeNull("a start is under way, and requests wait for it");
        await cluster.SettleAsync();
        RoutesOf(cluster).UnavailableReason.ShouldBe("its replicas could not start: the constructor threw System.Exception: no weights");
        RoutesOf(cluster).RetryAfter!.Value.TotalSeconds.ShouldBeInRange(0.4, 0.6);

        program.Start = static _ => FakeStart.Hangs;
        await cluster.PassAsync(TimeSpan.FromSeconds(1));
        cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count.ShouldBe(1);
        RoutesOf(cluster).UnavailableReason.ShouldBeNull("the next try is under way");
    }

    [Fact]
    public async Task ColdStart_FailsThenWorks_IsHealthyAgain()
    {
        var cluster = await AtZeroAsync(out var program);
        program.Start = static _ => FakeStart.Fails;
        await cluster.ScaleAsync("shop", "Api", 1);
        await cluster.PassAsync(TimeSpan.FromMinutes(5));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.UNHEALTHY);
        program.Start = static _ => FakeStart.Ready;
        await cluster.PassAsync(TimeSpan.FromSeconds(75));
        (cluster.StatusOf("shop"), cluster.Routed("shop", "Api").Count).ShouldBe((ApplicationStatus.RUNNING, 1));
    }

    [Fact]
    public async Task ColdStart_FailedAndNoReplicaIsWantedAnyMore_TheNextRequestMayTryAfterTheBackOff()
    {
        var cluster = await AtZeroAsync(out var program);
        program.Start = static _ => FakeStart.Fails;
        await cluster.ScaleAsync("shop", "Api", 1);
        await cluster.PassAsync(TimeSpan.FromMinutes(5));
        await cluster.ScaleAsync("shop", "Api", 0);
        RoutesOf(cluster).UnavailableReason.ShouldNotBeNull("too early for another try");
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        await cluster.PassAsync(TimeSpan.FromSeconds(75));
        RoutesOf(cluster).UnavailableReason.ShouldBeNull("a request that waits is what starts the next try");
        cluster.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task Crash_OfTheOnlyReplica_RequestsWaitForTheNextOne()
    {
        var cluster = await AtZeroAsync();
        await cluster.ScaleAsync("shop", "Api", 1);
        await cluster.SettleAsync();
        for (var crash = 0; crash < 3; crash++)
        {
            cluster.Nodes["node1"].Crash(cluster.Replicas("shop", "Api").Single().Id);
            await cluster.DeliverAsync(cluster.Mail.Single());
            RoutesOf(cluster).UnavailableReason.ShouldBeNull("it could start, so the next one will too");
            await cluster.PassAsync(TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task TargetCapacity_Zero_KeepsTheRoute()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        await cluster.DeployAsync(new ClusterOptions(0, Logging: null), App("shop", "/p"));
        await cluster.SettleAsync();
        (cluster.Alive.Count, cluster.StatusOf("shop"), cluster.Routes("shop")!.Ingress, RoutesOf(cluster).UnavailableReason).ShouldBe((0, ApplicationStatus.RUNNING, "Api", null));
    }

    private static Routing.DeploymentRoutes RoutesOf(FakeCluster cluster) => cluster.Routes("shop")!.Deployments.Single();

    private static Task<FakeCluster> AtZeroAsync() => AtZeroAsync(out _);

    private static Task<FakeCluster> AtZeroAsync(out FakeProgram program)
    {
        program = Of("v1", Ingress("Api"));
        return DeployAsync(program);
    }

    private static async Task<FakeCluster> DeployAsync(FakeProgram program)
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", program);
        program.Deployments[0].Options.Remove("num_replicas");
        await cluster.DeployAsync(App("shop", "/p", overrides: Bounds));
        await cluster.SettleAsync();
        cluster.Alive.ShouldBeEmpty();
        return cluster;
    }
}
