using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>Every change is a revision that one can see, and go back to.</summary>
public sealed class RevisionTests
{
    [Fact]
    public async Task RollBack_WithoutANumber_GoesBackToTheLastThatWasRunning()
    {
        var cluster = await StartWithTwoVersionsAsync();
        (await cluster.RollBackAsync("shop")).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        VersionsOf(cluster).ShouldBe(["v1"]);
        var last = cluster.State.Applications["shop"].History[3];
        (last.Change, last.By, last.WasRunning).ShouldBe(("rolled back to revision 1", "ada", true));
    }

    [Fact]
    public async Task RollBack_Twice_GoesForwardAgain()
    {
        var cluster = await StartWithTwoVersionsAsync();
        await cluster.RollBackAsync("shop");
        await cluster.SettleAsync();
        await cluster.RollBackAsync("shop");
        await cluster.SettleAsync();
        VersionsOf(cluster).ShouldBe(["v2"]);
        cluster.State.Applications["shop"].Revision.ShouldBe(4);
    }

    [Fact]
    public async Task RollBack_OfAFailedUpdate_RestartsNothing()
    {
        var cluster = await StartWithTwoVersionsAsync();
        var before = cluster.Routed("shop", "Api");
        cluster.Programs.Put("/p", Of("v3", Ingress("Api"))).Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromMinutes(30));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        await cluster.RollBackAsync("shop");
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Routed("shop", "Api").ShouldBe(before);
    }

    [Fact]
    public async Task RollBack_ToAnOldNumber_BringsItsSpecBackToo()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        foreach (var replicas in new[] { 2, 3, 4 })
        {
            await cluster.DeployAsync(App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", NumReplicas = replicas }));
            await cluster.SettleAsync();
        }

        await cluster.RollBackAsync("shop", to: 1);
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
    }

    [Fact]
    public async Task RollBack_OfAProgramThatNobodyKeeps_AsksForItAgain()
    {
        var cluster = await StartAsync();
        foreach (var version in new[] { "v1", "v2" })
        {
            cluster.Programs.Put("/p", new FakeProgram { Version = version, Deployments = [Ingress("Api")], IsKept = false });
            await cluster.DeployAsync(App("shop", "/p", args: new JsonObject { ["for"] = version }));
            await cluster.SettleAsync();
        }

        await cluster.RollBackAsync("shop");
        cluster.State.Applications["shop"].Job.ShouldNotBeNull();
        await cluster.SettleAsync();
        VersionsOf(cluster).ShouldBe(["v2"], "that is what lies there by now");
        cluster.State.Applications["shop"].Spec.Args["for"]!.GetValue<string>().ShouldBe("v1");
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task RollBack_AfterTheControllerChanged_StillKnowsTheHistory()
    {
        var cluster = await StartWithTwoVersionsAsync();
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        await cluster.RollBackAsync("shop");
        await cluster.SettleAsync();
        VersionsOf(cluster).ShouldBe(["v1"]);
    }

    [Fact]
    public async Task RollBack_ThatCannotBe_SaysWhyAndChangesNothing()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        (await cluster.RollBackAsync("bakery")).ShouldBe(new RequestProblem(RequestProblemKind.NotFound, "There is no application 'bakery'; there are 'shop'."));
        (await cluster.RollBackAsync("shop")).ShouldBe(new RequestProblem(RequestProblemKind.NotFound, "Application 'shop' has no earlier revision that was running."));
        (await cluster.RollBackAsync("shop", to: 7)).ShouldBe(new RequestProblem(RequestProblemKind.NotFound, "Application 'shop' has no revision 7; it has 1."));
        cluster.State.Applications["shop"].Revision.ShouldBe(1);
    }

    [Fact]
    public async Task RollBack_ToAPrefixThatIsTakenMeanwhile_IsRefused()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p", prefix: "/a"));
        await cluster.SettleAsync();
        await cluster.DeployAsync(App("shop", "/p", prefix: "/b"));
        await cluster.SubmitAsync(App("bakery", "/p", prefix: "/a"));
        (await cluster.RollBackAsync("shop", to: 1))!.Kind.ShouldBe(RequestProblemKind.Conflict);
    }

    [Fact]
    public async Task History_OfManyDeploys_KeepsTheLastAndThoseInUse()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("Api"))).DescribeFailure = "it does not build";
        for (var i = 0; i < 30; i++)
        {
            await cluster.DeployAsync(App("shop", "/p"));
            await cluster.SettleAsync();
        }

        var numbers = cluster.State.Applications["shop"].History.Keys.ToList();
        numbers.ShouldBe([1, .. Enumerable.Range(13, 19).Select(number => (long)number)]);
        await cluster.RollBackAsync("shop");
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Delete_TakesTheHistoryAlong()
    {
        var cluster = await StartWithTwoVersionsAsync();
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        cluster.Store.Entries(ClusterKeys.Revisions).ShouldBeEmpty();
    }

    private static async Task<FakeCluster> StartWithTwoVersionsAsync()
    {
        var cluster = await StartAsync();
        foreach (var version in new[] { "v1", "v2" })
        {
            cluster.Programs.Put("/p", Of(version, Ingress("Api")));
            await cluster.DeployAsync(App("shop", "/p"));
            await cluster.SettleAsync();
        }

        return cluster;
    }

    private static IEnumerable<string> VersionsOf(FakeCluster cluster) => cluster.Replicas("shop", "Api").Select(replica => replica.Desired.Program.Version);
}
