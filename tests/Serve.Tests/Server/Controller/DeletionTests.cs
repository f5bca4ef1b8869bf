using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

public sealed class DeletionTests
{
    [Fact]
    public async Task Delete_RunningApplication_StopsRoutingAtOnceAndLeavesNothing()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2), Deployment("Model")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        (await cluster.DeleteAsync("shop")).ShouldBeNull();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DELETING);
        cluster.Routes("shop")!.RoutePrefix.ShouldBeNull();
        cluster.Routed("shop", "Api").ShouldBeEmpty();
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
    }

    [Fact]
    public async Task Delete_UnknownApplication_IsNotFoundAndListsThoseThatThereAre()
    {
        var cluster = await StartAsync();
        (await cluster.DeleteAsync("nothing")).ShouldBe(new RequestProblem(RequestProblemKind.NotFound, "There is no application 'nothing'; there are none."));
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.SubmitAsync(App("a", "/p"), App("b", "/p"));
        (await cluster.DeleteAsync("nothing"))!.Message.ShouldBe("There is no application 'nothing'; there are 'a', 'b'.");
    }

    [Fact]
    public async Task Delete_Twice_IsFine()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        (await cluster.DeleteAsync("shop")).ShouldBeNull();
        (await cluster.DeleteAsync("shop")).ShouldBeNull();
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
    }

    [Fact]
    public async Task Delete_WhileDescribing_TakesTheOrderBack()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        cluster.Nodes["node1"].NextSteps().Single()();
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
    }

    [Fact]
    public async Task Delete_WhileStarting_EndsWhatHasStarted()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 3))).Start = static _ => FakeStart.Hangs;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Alive.Count.ShouldBe(3);
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
    }

    [Fact]
    public async Task Delete_DuringTheBackOff_StopsTheAttempts()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"))).Start = static _ => FakeStart.Fails;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.PassAsync(TimeSpan.FromSeconds(10));
        await cluster.DeleteAsync("shop");
        await cluster.PassAsync(TimeSpan.FromMinutes(10));
        ShouldBeEmpty(cluster);
        cluster.State.Wakeups.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_WhileThereIsNoRoom_IsNotTriedAgain()
    {
        var cluster = await StartAsync(cpus: 1);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.State.Unplaced.ShouldNotBeEmpty();
        await cluster.DeleteAsync("shop");
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
        cluster.State.Unplaced.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deploy_WholeDocument_DeletesWhatItDoesNotName()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("a", "/p"), App("b", "/p"));
        await cluster.SettleAsync();
        var kept = cluster.Routed("b", "Api");
        await cluster.DeployAsync(App("b", "/p"));
        await cluster.SettleAsync();
        cluster.State.Applications.Keys.ShouldBe(["b"]);
        cluster.Routed("b", "Api").ShouldBe(kept);
        cluster.Alive.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Submit_WhileDeleting_RunsAgainWithNewReplicas()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var old = cluster.Replicas("shop", "Api").Single().Id;
        await cluster.DeleteAsync("shop");
        await cluster.SubmitAsync(App("shop", "/p"));
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Single().Id.ShouldNotBe(old);
        cluster.Alive.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Submit_WhileDeleting_ProgramIsBroken_SaysSoInsteadOfLettingRequestsWait()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        await cluster.DeleteAsync("shop");
        await cluster.SubmitAsync(App("shop", "/nothing"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.Routes("shop")!.UnavailableReason.ShouldBe("There is nothing at '/nothing'.");
        cluster.Alive.ShouldBeEmpty();

        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.Alive.ShouldBeEmpty("the version that was deleted must not come back");
    }

    [Fact]
    public async Task DeleteEverything_LeavesNothing()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("a", "/p"), App("b", "/p"));
        await cluster.SettleAsync();
        await cluster.Controller.HandleAsync(new DeleteEverything(new Ticket(99)));
        cluster.Controller.Replies[new Ticket(99)].ShouldBeNull();
        await cluster.SettleAsync();
        ShouldBeEmpty(cluster);
    }

    private static void ShouldBeEmpty(FakeCluster cluster)
    {
        cluster.State.Applications.ShouldBeEmpty();
        cluster.Alive.ShouldBeEmpty();
        var left = cluster.Store.Entries().Select(entry => entry.Key).Where(key => key != ClusterKeys.Leader && !key.StartsWith(ClusterKeys.Epochs, StringComparison.Ordinal) && !key.EndsWith("/info", StringComparison.Ordinal));
        left.ShouldBeEmpty();
        cluster.State.Nodes.Values.ShouldAllBe(node => node.UsedCpus == Specs.ResourceAmount.Zero);
    }
}
