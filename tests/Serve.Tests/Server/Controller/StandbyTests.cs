using Serve.Identity;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Replicas that are ready and wait outside the routes until one is needed.</summary>
public sealed class StandbyTests
{
    [Fact]
    public async Task Deploy_WithStandbys_TheyAreReadyAndInNoRoute()
    {
        var cluster = await RunningAsync(min: 1, max: 4, standbys: 2);
        RolesOf(cluster).ShouldBe((1, 2));
        cluster.Routed("shop", "Api").Count.ShouldBe(1);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Scale_FromZero_TheStandbyServesInTheSameStepAndANewOneStartsBehind()
    {
        var cluster = await RunningAsync(min: 0, max: 4, standbys: 1);
        var standby = cluster.Replicas("shop", "Api").Single().Id;
        await cluster.ScaleAsync("shop", "Api", 1);
        cluster.Routed("shop", "Api").ShouldBe([standby.ToString()]);
        cluster.Find("shop", "Api").Condition.Status.ShouldBe(DeploymentStatus.HEALTHY);
        cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count.ShouldBe(1);
        await cluster.SettleAsync();
        RolesOf(cluster).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Scale_ToTheMost_LeavesNoRoomForStandbysUntilItGoesDown()
    {
        var cluster = await RunningAsync(min: 0, max: 2, standbys: 1);
        foreach (var (replicas, standbys) in new[] { (1, 1), (2, 0), (1, 1), (0, 1), (2, 0) })
        {
            await cluster.ScaleAsync("shop", "Api", replicas);
            await cluster.SettleAsync();
            RolesOf(cluster).ShouldBe((replicas, standbys));
            cluster.Alive.Count.ShouldBe(replicas + standbys);
        }
    }

    [Fact]
    public async Task Scale_Down_TheStandbyEndsAndWhoServedStandsBy()
    {
        var cluster = await RunningAsync(min: 0, max: 4, standbys: 1);
        await cluster.ScaleAsync("shop", "Api", 1);
        await cluster.SettleAsync();
        var serving = cluster.Routed("shop", "Api").Single();
        await cluster.ScaleAsync("shop", "Api", 0);
        cluster.Routed("shop", "Api").ShouldBeEmpty();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Id.ToString().ShouldBe(serving, "its caches are warm, and its requests need not be hurried");
    }

    [Fact]
    public async Task Crash_OfAReplica_TheStandbyServesAtOnce()
    {
        var cluster = await RunningAsync(min: 2, max: 4, standbys: 1);
        var victim = ReplicaOf(cluster, isStandby: false);
        cluster.Nodes["node1"].Crash(victim);
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.Routed("shop", "Api").Count.ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        await cluster.SettleAsync();
        RolesOf(cluster).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Crash_OfAStandby_IsReplacedAndNobodyIsUnhealthy()
    {
        var cluster = await RunningAsync(min: 1, max: 4, standbys: 1);
        var serving = cluster.Routed("shop", "Api");
        cluster.Nodes["node1"].Crash(ReplicaOf(cluster, isStandby: true));
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        await cluster.SettleAsync();
        RolesOf(cluster).ShouldBe((1, 1));
        cluster.Routed("shop", "Api").ShouldBe(serving);
    }

    [Fact]
    public async Task NodeGone_WithAReplica_TheStandbyElsewhereServesAtOnce()
    {
        var cluster = await RunningAsync(min: 1, max: 4, standbys: 1, nodes: 2);
        var lost = cluster.Find("shop", "Api").Replicas.Values.Single(replica => !replica.IsStandby).Node;
        cluster.Nodes[lost].Lose();
        await cluster.DeliverAsync(new NodeGone(lost));
        cluster.Routed("shop", "Api").Count.ShouldBe(1);
        await cluster.SettleAsync();
        RolesOf(cluster).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(0)]
    public async Task Update_ReplacesStandbysTooAndNeverServesWithFewer(double surge)
    {
        var cluster = await RunningAsync(min: 2, max: 6, standbys: 1, surge: surge);
        cluster.Programs.Put("/p", Of("v2", ScaledIngress()));
        await cluster.DeployAsync(AppOf(2, 6, 1, surge));
        while (await cluster.StepAsync())
            cluster.Routed("shop", "Api").Count.ShouldBe(2, "the standby covers for whoever is replaced");
        RolesOf(cluster).ShouldBe((2, 1));
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Program.Version == "v2");
        cluster.State.Applications["shop"].Previous.ShouldBeNull();
    }

    [Theory]
    [InlineData(25)]
    [InlineData(0)]
    public async Task Update_AtZero_IsThereWhenTheNewStandbyIs(double surge)
    {
        var cluster = await RunningAsync(min: 0, max: 4, standbys: 1, surge: surge);
        var broken = cluster.Programs.Put("/p", Of("v2", ScaledIngress()));
        broken.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(AppOf(0, 4, 1, surge));
        await cluster.PassAsync(TimeSpan.FromMinutes(1));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED, "a standby that can't start is found before the first request");
        broken.Start = static _ => FakeStart.Ready;
        await cluster.PassAsync(TimeSpan.FromMinutes(2));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Single().Desired.Program.Version.ShouldBe("v2");
    }

    [Fact]
    public async Task Update_OfTheNumberOfStandbys_TouchesNoReplicaThatServes()
    {
        var cluster = await RunningAsync(min: 1, max: 6, standbys: 1);
        var serving = cluster.Routed("shop", "Api");
        foreach (var standbys in new[] { 3, 0, 2 })
        {
            await cluster.DeployAsync(AppOf(1, 6, standbys));
            await cluster.SettleAsync();
            RolesOf(cluster).ShouldBe((1, standbys));
            cluster.Routed("shop", "Api").ShouldBe(serving);
            cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        }
    }

    [Fact]
    public async Task NewController_KnowsWhoServesAndWhoStandsBy()
    {
        var cluster = await RunningAsync(min: 0, max: 6, standbys: 2);
        await cluster.ScaleAsync("shop", "Api", 2);
        await cluster.SettleAsync();
        // Not the oldest ones serve now.
        cluster.Nodes["node1"].Crash(ReplicaOf(cluster, isStandby: false));
        await cluster.SettleAsync();
        var serving = cluster.Routed("shop", "Api");
        await cluster.RestartControllerAsync();
        cluster.Routed("shop", "Api").ShouldBe(serving);
        RolesOf(cluster).ShouldBe((2, 2));
    }

    [Fact]
    public async Task Standby_ThatCanNotStart_LeavesTheDeploymentHealthyAndSaysSo()
    {
        var cluster = await RunningAsync(min: 1, max: 6, standbys: 0, out var program);
        program.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(AppOf(1, 6, 1));
        await cluster.PassAsync(TimeSpan.FromMinutes(5));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.MessageOf("shop").ShouldStartWith("Api: 0 of 1 standbys are ready; ");
        cluster.MessageOf("shop").ShouldContain("no weights");
    }

    [Fact]
    public async Task TargetCapacity_Half_IsHalfOfTheStandbysToo()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", ScaledIngress()));
        foreach (var (percent, expected) in new[] { (50.0, (1, 1)), (100, (2, 2)), (0, (0, 0)) })
        {
            await cluster.DeployAsync(new ClusterOptions(percent, Logging: null), App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = 2, StandbyReplicas = 2 }));
            await cluster.SettleAsync();
            RolesOf(cluster).ShouldBe(expected, $"{percent} %");
        }
    }

    [Fact]
    public async Task Schedule_WithAnotherMost_LeavesOtherRoomForStandbysWhenItsHourComes()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", ScaledIngress()));
        var options = OptionsOf(1, 4, 2, surge: null);
        var narrow = new ScheduleOptions { Cron = "0 1 * * *", Duration = TimeSpan.FromHours(1), MinReplicas = 1, MaxReplicas = 2 };
        await cluster.DeployAsync(App("shop", "/p", overrides: options with { Autoscaling = options.Autoscaling! with { Schedules = [narrow] } }));
        await cluster.SettleAsync();
        foreach (var standbys in new[] { 2, 1, 2 })
        {
            RolesOf(cluster).ShouldBe((1, standbys), $"at {cluster.Clock.GetUtcNow():HH:mm}");
            await cluster.PassAsync(TimeSpan.FromMinutes(61));
        }
    }

    [Theory]
    [InlineData(1, 3, 2, true)]
    [InlineData(1, 3, 3, false)]
    [InlineData(2, 2, 1, false)]
    public void StandbyReplicas_MoreThanTheBoundsLeaveRoomFor_AreRefused(int min, int max, int standbys, bool isFine)
    {
        var problems = DeploymentRules.Check(OptionsOf(min, max, standbys, surge: null)).ToList();
        problems.Select(problem => problem.Key).ShouldBe(isFine ? [] : ["standby_replicas"]);
    }

    private static ReplicaId ReplicaOf(FakeCluster cluster, bool isStandby) => cluster.Replicas("shop", "Api").First(replica => replica.IsStandby == isStandby).Id;

    private static (int Serving, int Standby) RolesOf(FakeCluster cluster)
    {
        var replicas = cluster.Find("shop", "Api").Replicas.Values;
        replicas.ShouldAllBe(replica => replica.Phase == ReplicaPhase.Running);
        cluster.Routed("shop", "Api").Order().ShouldBe(replicas.Where(replica => !replica.IsStandby).Select(replica => replica.Id.ToString()).Order());
        return (replicas.Count(replica => !replica.IsStandby), replicas.Count(replica => replica.IsStandby));
    }

    private static Wire.Control.DeploymentDescription ScaledIngress()
    {
        var ingress = Ingress("Api");
        ingress.Options.Remove("num_replicas");
        return ingress;
    }

    private static DeploymentOptions OptionsOf(int min, int max, int standbys, double? surge) =>
        new() { Name = "Api", StandbyReplicas = standbys, MaxSurgePercent = surge, Autoscaling = new AutoscalingOptions { MinReplicas = min, MaxReplicas = max } };

    private static ApplicationSpec AppOf(int min, int max, int standbys, double? surge = null) => App("shop", "/p", overrides: OptionsOf(min, max, standbys, surge));

    private static Task<FakeCluster> RunningAsync(int min, int max, int standbys, int nodes = 1, double? surge = null) => RunAsync(Of("v1", ScaledIngress()), AppOf(min, max, standbys, surge), nodes);

    private static Task<FakeCluster> RunningAsync(int min, int max, int standbys, out FakeProgram program) => RunAsync(program = Of("v1", ScaledIngress()), AppOf(min, max, standbys), nodes: 1);

    private static async Task<FakeCluster> RunAsync(FakeProgram program, ApplicationSpec application, int nodes)
    {
        var cluster = await StartAsync(nodes);
        cluster.Programs.Put("/p", program);
        await cluster.DeployAsync(application);
        await cluster.SettleAsync();
        return cluster;
    }
}
