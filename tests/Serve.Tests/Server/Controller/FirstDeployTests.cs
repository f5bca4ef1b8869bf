using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Status;
using Serve.Testing.Cluster;
using static Serve.Testing.Cluster.FakeCluster;
using static Serve.Testing.Cluster.FakeProgram;

namespace Serve.Tests.Server.Controller;

/// <summary>From a submitted application to one that runs, or says why it does not.</summary>
public sealed class FirstDeployTests
{
    [Fact]
    public async Task Deploy_ProgramIsFine_RunsAndIsRouted()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2), Deployment("Model")));
        (await cluster.DeployAsync(App("shop", "/p"))).ShouldBeNull();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        await cluster.SettleAsync();

        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.MessageOf("shop").ShouldBe("");
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
        var routes = cluster.Routes("shop")!;
        routes.RoutePrefix.ShouldBe("/shop");
        routes.Ingress.ShouldBe("Api");
        cluster.Routed("shop", "Api").ShouldBe(cluster.Replicas("shop", "Api").Select(replica => replica.Id.ToString()));
        cluster.Routed("shop", "Model").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Deploy_EachStep_SaysWhatItWaitsFor()
    {
        var cluster = await StartAsync(nodes: 0);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        cluster.MessageOf("shop").ShouldBe("waiting for a node since 00:00:00 UTC");

        var node = cluster.AddNode("node1", cpus: 8, gpus: 0);
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.MessageOf("shop").ShouldBe("building /p since 00:00:00 UTC");
        node.NextSteps().Single()();
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.MessageOf("shop").ShouldBe("asking /p for its deployments since 00:00:00 UTC");
        node.NextSteps().Single()();
        await cluster.DeliverAsync(cluster.Mail.Single());
        cluster.MessageOf("shop").ShouldBe("Api: 0 of 1 replicas are ready, awaited since 00:00:00 UTC; 1-3 is in Process since 00:00:00 UTC");
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Deploy_NoReplicaReadyYet_PrefixIsPublishedSoThatRequestsWait()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"))).Start = static _ => FakeStart.Hangs;
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var routes = cluster.Routes("shop")!;
        routes.RoutePrefix.ShouldBe("/shop");
        routes.Deployments.Single().Replicas.ShouldBeEmpty();
        routes.Deployments.Single().UnavailableReason.ShouldBeNull();
    }

    [Fact]
    public async Task Deploy_SubmittedAgainUnchanged_RestartsNothing()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        var before = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Select(replica => replica.Id).ShouldBe(before);
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.State.Applications["shop"].Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Describe_Fails_ApplicationSaysWhyAndAnswersSo()
    {
        var cluster = await StartAsync();
        await cluster.DeployAsync(App("shop", "/nothing"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldBe("There is nothing at '/nothing'.");
        cluster.Routes("shop")!.UnavailableReason.ShouldBe("There is nothing at '/nothing'.");
    }

    [Fact]
    public async Task Describe_FailsForANewSubmission_OldVersionServesOn()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.Programs.Put("/p", Of("v2", Ingress("Api"))).DescribeFailure = "The build of '/p' failed with exit code 1.";
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.Routed("shop", "Api").Count.ShouldBe(1);
        cluster.Routes("shop")!.UnavailableReason.ShouldBeNull();

        cluster.Programs.Put("/p", Of("v3", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Single().Desired.Program.Version.ShouldBe("v3");
    }

    [Fact]
    public async Task Describe_OverridesAnUnknownDeployment_FailsAndListsThoseThatThereAre()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api"), Deployment("Model")));
        await cluster.DeployAsync(App("shop", "/p", overrides: new Specs.DeploymentOptions { Name = "Modell" }));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        cluster.MessageOf("shop").ShouldBe("The document overrides the deployment 'Modell', which the program does not have; it has 'Api', 'Model'.");
        cluster.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task Describe_NoIngressForAPrefix_FailsUnlessThePrefixIsNull()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Deployment("Model")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.MessageOf("shop").ShouldContain("route_prefix: null");
        await cluster.DeployAsync(App("shop", "/p", prefix: null));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Routes("shop")!.RoutePrefix.ShouldBeNull();
    }

    [Fact]
    public async Task Describe_ResubmittedMeanwhile_OldAnswerDoesNotCount()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        var step = cluster.Nodes["node1"].NextSteps().Single();
        step();
        cluster.Nodes["node1"].NextSteps().Single()();
        var late = cluster.Mail.OfType<ProgramReported>().Single(message => message.Report.Phase == ProgramPhase.Done);
        cluster.Programs.Put("/p", Of("v2", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.DeliverAsync(late);
        cluster.Alive.ShouldBeEmpty();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Single().Desired.Program.Version.ShouldBe("v2");
    }

    [Fact]
    public async Task Describe_NodeGoesMeanwhile_AnotherOneDoesIt()
    {
        var cluster = await StartAsync(nodes: 2);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.DeployAsync(App("shop", "/p"));
        cluster.Nodes["node1"].NextSteps().Single()();
        cluster.Nodes["node1"].Lose();
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        cluster.Replicas("shop", "Api").Single().Node.ShouldBe("node2");
    }

    [Fact]
    public async Task Submit_PrefixOfAnotherApplication_IsAConflictThatNamesIt()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.SubmitAsync(App("a", "/p", prefix: "/x"));
        var problem = await cluster.SubmitAsync(App("b", "/p", prefix: "/x"));
        problem.ShouldBe(new RequestProblem(RequestProblemKind.Conflict, "The route prefix '/x' of application 'b' belongs to application 'a'; choose another, or delete that one."));
        cluster.State.Applications.Keys.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Submit_PrefixThatItsOwnerGivesUpInTheSameRequest_IsNoConflict()
    {
        var cluster = await StartAsync();
        cluster.Programs.Put("/p", Of("v1", Ingress("Api")));
        await cluster.SubmitAsync(App("a", "/p", prefix: "/x"));
        (await cluster.SubmitAsync(App("a", "/p", prefix: "/y"), App("b", "/p", prefix: "/x"))).ShouldBeNull();
        await cluster.DeleteAsync("a");
        (await cluster.SubmitAsync(App("c", "/p", prefix: "/y"))).ShouldBeNull();
    }

    [Fact]
    public async Task Deploy_NoRoom_SaysSoAndStartsWhenThereIs()
    {
        var cluster = await StartAsync(cpus: 2);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 3)));
        await cluster.DeployAsync(App("shop", "/p"));
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.DEPLOYING);
        cluster.MessageOf("shop").ShouldBe("Api: 2 of 3 replicas are ready, awaited since 00:00:00 UTC; no node has room for 1 CPUs: node1 has 0 of 2 CPUs free.");
        cluster.Routed("shop", "Api").Count.ShouldBe(2);
        cluster.AddNode("node2", cpus: 1, gpus: 0);
        await cluster.SettleAsync();
        cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Deploy_NoRoomUntilAnotherApplicationIsDeleted_StartsThen()
    {
        var cluster = await StartAsync(cpus: 2);
        cluster.Programs.Put("/p", Of("v1", Ingress("Api", replicas: 2)));
        await cluster.SubmitAsync(App("first", "/p"));
        await cluster.SettleAsync();
        await cluster.SubmitAsync(App("second", "/p"));
        await cluster.SettleAsync();
        cluster.Alive.Count.ShouldBe(2);
        await cluster.DeleteAsync("first");
        await cluster.SettleAsync();
        cluster.StatusOf("second").ShouldBe(ApplicationStatus.RUNNING);
    }
}
