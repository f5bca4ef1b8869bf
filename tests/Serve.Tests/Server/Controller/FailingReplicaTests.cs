using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Replicas that can't start, and replicas that end.</summary>
public sealed class FailingReplicaTests
{
    [Fact]
    public async Task Start_FailsForEver_BacksOffGrowingUpToAMinute()
    {
        var cluster = await StartAsync();
        var starts = await DeployAsync(cluster, FakeStart.Fails);
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        var gaps = starts.Zip(starts.Skip(1), (one, next) => (next - one).TotalSeconds).ToList();
        gaps.Count.ShouldBeGreaterThan(12);
        for (var i = 0; i < gaps.Count; i++)
        {
            var nominal = Math.Min(60, 0.5 * Math.Pow(2, i));
            gaps[i].ShouldBeInRange(0.8 * nominal, 1.2 * nominal, $"gap {i}");
        }
    }

    [Fact]
    public async Task Start_FailsForEver_FailsAfterItsBudgetAndNamesTheCause()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, FakeStart.Fails);
        await cluster.PassAsync(TimeSpan.FromSeconds(1));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        await cluster.PassAsync(TimeSpan.FromMinutes(1));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldMatch(@"^Api: \d+ failed attempts\. The next attempt is at 00:0\d:\d\d UTC\. the constructor threw System\.Exception: no weights$");
        cluster.Routes("shop")!.Deployments.Single().UnavailableReason.ShouldBe("its replicas could not start: the constructor threw System.Exception: no weights");
    }

    [Fact]
    public async Task Start_FailedLongAgo_AttemptsGoOnAndHeal()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        program.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromHours(1));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        program.Start = static _ => FakeStart.Ready;
        await cluster.PassAsync(TimeSpan.FromSeconds(75));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Routes("shop")!.Deployments.Single().UnavailableReason.ShouldBeNull();
    }

    [Fact]
    public async Task Start_Fails_OneReplicaTriesWhileTheOthersWait()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 4)));
        program.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        program.Start = static _ => FakeStart.Hangs;
        await cluster.PassAsync(TimeSpan.FromMinutes(2));
        cluster.Alive.Count.ShouldBe(1);
        program.Start = static _ => FakeStart.Ready;
        await cluster.PassAsync(TimeSpan.FromMinutes(2));
        cluster.Replicas("shop", "Api").Count.ShouldBe(4);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Start_FailsForEver_OtherApplicationsAreUntouched()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/good", Of("good", Ingress("Api", replicas: 2)));
        await cluster.SubmitAsync(App("good", "/good"));
        await cluster.SettleAsync();
        var before = cluster.Routed("good", "Api");
        cluster.Programs.Put("/bad", Of("bad", Ingress("Api", replicas: 2))).Start = static _ => FakeStart.Fails;
        await cluster.SubmitAsync(App("bad", "/bad"));
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        cluster.StatusOf("bad").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.StatusOf("good").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Routed("good", "Api").ShouldBe(before);
    }

    [Fact]
    public async Task Start_Hangs_IsReplacedAfterItsTimeAndSaysWhereItWas()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        program.Start = static _ => FakeStart.Hangs;
        await cluster.DeployAsync(App("shop", "/p", overrides: new Specs.DeploymentOptions { Name = "Api", StartupTimeout = TimeSpan.FromSeconds(30) }));
        await cluster.PassAsync(TimeSpan.FromSeconds(29));
        cluster.MessageOf("shop").ShouldEndWith("is in Constructor since 00:00:00 UTC");
        await cluster.PassAsync(TimeSpan.FromSeconds(2));
        cluster.MessageOf("shop").ShouldContain("it was in the constructor");
        program.Start = static _ => FakeStart.Ready;
        await cluster.PassAsync(TimeSpan.FromSeconds(1));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Start_FailsTwiceThenWorks_Heals()
    {
        var cluster = await StartAsync();
        var attempts = 0;
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"))).Start = _ => ++attempts <= 2 ? FakeStart.Fails : FakeStart.Ready;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromSeconds(3));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        attempts.ShouldBe(3);
    }

    [Fact]
    public async Task Resubmit_DuringTheBackOff_TriesAtOnce()
    {
        var cluster = await StartAsync();
        var program = cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        program.Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromMinutes(20));
        program.Start = static _ => FakeStart.Ready;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Crash_OfAReadyReplica_IsReplacedAtOnce()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, FakeStart.Ready, replicas: 2);
        var victim = cluster.Replicas("shop", "Api")[0].Id;
        cluster.Nodes["node1"].Crash(victim);
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.Routed("shop", "Api").ShouldNotContain(victim.ToString());
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Crash_AgainAndAgainSoonAfterTheStart_BacksOff()
    {
        var cluster = await StartAsync();
        var starts = await DeployAsync(cluster, FakeStart.Ready);
        for (var i = 0; i < 40; i++)
        {
            if (cluster.Replicas("shop", "Api") is [var replica])
                cluster.Nodes["node1"].Crash(replica.Id);
            await cluster.PassAsync(TimeSpan.FromSeconds(1));
        }

        starts.Count.ShouldBeInRange(5, 8);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.UNHEALTHY);
        cluster.MessageOf("shop").ShouldContain("The process ended with exit code 134.");
    }

    [Fact]
    public async Task Crash_AfterALongTime_ForgetsOldCrashes()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, FakeStart.Ready);
        for (var i = 0; i < 5; i++)
        {
            cluster.Nodes["node1"].Crash(cluster.Replicas("shop", "Api").Single().Id);
            await cluster.SettleAsync();
            cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING, $"after crash {i}");
            await cluster.PassAsync(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public async Task Unhealthy_Replica_IsReplacedWhileItDrains()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, FakeStart.Ready);
        var sick = cluster.Replicas("shop", "Api").Single().Id;
        cluster.Nodes["node1"].Sicken(sick);
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.Routed("shop", "Api").ShouldBeEmpty();
        cluster.Replicas("shop", "Api", ReplicaPhase.Stopping).Single().Id.ShouldBe(sick);
        cluster.Replicas("shop", "Api", ReplicaPhase.Starting).Count.ShouldBe(1);
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Id.ShouldNotBe(sick);
        cluster.Alive.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Report_OlderThanWhatIsKnown_TakesNoReplicaOutOfTheRoutes()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var id = cluster.Replicas("shop", "Api").Single().Id;
        await cluster.DeliverAsync(new ReplicaReported("node1", new ReplicaReport { Replica = id, Phase = ReplicaReportPhase.Starting }));
        cluster.Routed("shop", "Api").ShouldBe([id.ToString()]);
    }

    [Fact]
    public async Task Report_OfAReplicaThatIsForgotten_LeavesNothingInTheStore()
    {
        var cluster = await StartAsync();
        await DeployAsync(cluster, FakeStart.Ready);
        var id = cluster.Replicas("shop", "Api").Single().Id;
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        cluster.Store.Change(new Serve.Server.Store.StoreChange(ClusterKeys.ReplicaStatus("node1", id), StoreJson.Write(new ReplicaReport { Replica = id, Phase = ReplicaReportPhase.Stopped })));
        await cluster.SettleAsync();
        cluster.Store.Entries($"{ClusterKeys.Nodes}node1/status/").ShouldBeEmpty();
    }

    /// <returns>The times at which replicas were started, from now on.</returns>
    private static async Task<List<DateTimeOffset>> DeployAsync(FakeCluster cluster, FakeStart start, int replicas = 1)
    {
        var starts = new List<DateTimeOffset>();
        var seen = new HashSet<Identity.ReplicaId>();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas))).Start = id =>
        {
            if (seen.Add(id))
                starts.Add(cluster.Clock.GetUtcNow());
            return start;
        };
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        return starts;
    }
}
