using Serve.Admin;
using Serve.Server.Admin.Explain;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Tests.Server.Controller;
using StartPhase = Serve.Wire.Control.StartPhase;

namespace Serve.Tests.Server.Admin;

/// <summary>What an operator is told who asks why.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void Explain_Healthy_SaysSoAndWhereTheNumberComesFrom()
    {
        var explanation = Explainer.Explain(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        Lines(explanation).ShouldBe(
        [
            "Is it well? Yes: 1 deployment of revision 3, all healthy.",
            "Api: Is it well? Yes: all its replicas are ready and up to date.",
            "Api: Why is there 1 replica? 1 replica shall be: neither document nor code sets num_replicas, so it is the default. Now: 1 ready.",
        ]);
    }

    [Fact]
    public void Explain_NoRoom_SaysWhyForEachNode()
    {
        var refusal = new PlacementRefusal(
            NodeTable.Of([States.NewNode("node1", 4, usedCpus: 3.5), States.NewNode("node2", 4, usedCpus: 4)]), PlacementRequest.Of(States.Api, new DeploymentSpec { Name = "Api" }), new Dictionary<string, int>());
        var explained = Explainer.Explain(States.Application(States.Deployment(3, States.AReplica(1, ReplicaPhase.Running)) with { PlacementProblem = refusal })).Deployments[0];
        var answer = explained.Answers.Single(one => one.Question == "Why are 2 replicas not placed?");
        answer.Text.ShouldStartWith("No node has room for 1 CPU");
        answer.Text.ShouldEndWith("It is tried again whenever a node joins or a replica ends.");
        explained.Refusals.ShouldBe([new NodeReason("node1", "has 0.5 of 4 CPUs free"), new NodeReason("node2", "has 0 of 4 CPUs free")]);
    }

    [Fact]
    public void Explain_FailedStarts_SaysWhatFailedAndWhenItIsTriedAgain()
    {
        var deployment = States.Deployment(1) with { Failures = 2, LastFailure = "The constructor threw: no model.", NextStartAt = States.Now.AddSeconds(1) };
        var explanation = Explainer.Explain(States.Application(deployment));
        var lines = Lines(explanation);
        lines.ShouldContain(line => line.Contains("no model", StringComparison.Ordinal));
        lines.ShouldContain("Api: When is it tried again? At 03:04:06 UTC, after 2 failed starts in a row; each one doubles the wait.");
        explanation.Deployments[0].SinceS.ShouldBe(States.Now.ToUnixTimeSeconds());
        explanation.Deployments[0].NextAttemptS.ShouldBe(States.Now.ToUnixTimeSeconds() + 1);
    }

    [Theory]
    [InlineData(false, false, "They wait in the queues of the routers, as long as their deadlines allow, and are what starts a replica.")]
    [InlineData(true, false, "They wait in the queues of the routers, as long as their deadlines allow, for the replica that is being started.")]
    [InlineData(false, true, "They are refused at once with 503: its replicas could not start: no model.")]
    public void Explain_NoReplica_SaysWhatBecomesOfRequests(bool isStarting, bool hasFailed, string expected)
    {
        var deployment = isStarting ? States.Deployment(1, States.AReplica(1, ReplicaPhase.Starting)) : States.Deployment(0);
        deployment = deployment with { Target = deployment.Target with { Spec = deployment.Target.Spec with { Autoscaling = new AutoscalingSpec { MinReplicas = 0, MaxReplicas = 2 } } } };
        if (hasFailed)
            deployment = deployment with { Failures = 1, FailedStart = new FailedStart(States.Now, "no model."), NextStartAt = States.Now.AddSeconds(1) };
        Lines(Explainer.Explain(States.Application(deployment))).ShouldContain($"Api: What happens to requests? {expected}");
    }

    [Fact]
    public void Explain_AReplicaThatHasStarted_SaysWhereTheTimeWent()
    {
        var replica = States.AReplica(1, ReplicaPhase.Running);
        replica = replica with { Report = replica.Report! with { StartTimes = [new(StartPhase.Process, 0.2), new(StartPhase.Host, 0.15), new(StartPhase.Constructor, 1.25), new(StartPhase.FirstRequest, 0.05)] } };
        Lines(Explainer.Explain(States.Application(States.Deployment(1, replica)))).ShouldContain(
            "Api: Where does the time of a start go? 1-1: 1.6 s until it was ready; process 0.2 s, host 0.15 s, constructor 1.25 s. Its first request took 0.05 s.");
    }

    [Fact]
    public void Explain_AStandby_IsCountedByItself()
    {
        var deployment = States.Deployment(1, States.AReplica(1, ReplicaPhase.Running), States.AReplica(2, ReplicaPhase.Running) with { IsStandby = true });
        deployment = deployment with { Target = deployment.Target with { Spec = deployment.Target.Spec with { Standbys = 2 } } };
        var explained = Explainer.Explain(States.Application(deployment)).Deployments[0];
        (explained.ReadyReplicas, explained.ReadyStandbyReplicas, explained.TargetStandbyReplicas).ShouldBe((1, 1, 2));
        explained.Answers.ShouldContain(answer => answer.Text.EndsWith("Now: 1 ready, 1 ready to serve at once when needed (standby_replicas), 1 still missing.", StringComparison.Ordinal));
    }

    [Fact]
    public void Explain_DuringARollout_CountsOldNewAndLeavingReplicas()
    {
        var deployment = States.Deployment(
            3, States.AReplica(1, ReplicaPhase.Stopping, States.Old), States.AReplica(2, ReplicaPhase.Running, States.Old), States.AReplica(3, ReplicaPhase.Running), States.AReplica(4, ReplicaPhase.Starting));
        var explained = Explainer.Explain(States.Application(deployment)).Deployments[0];
        explained.Answers.ShouldContain(answer => answer.Text.EndsWith(
            "Now: 1 ready, 1 starting, 1 of an older version, until enough new ones are ready, 1 finishing their requests before they end, 1 still missing.", StringComparison.Ordinal));
        explained.Awaited.Select(awaited => $"{awaited.ReplicaId} {awaited.What} {awaited.AtMostS}").ShouldBe(
            ["shop#Api#1-1 it finishes its requests 20", "shop#Api#1-4 its node starts its process 600"]);
        explained.Awaited[1].SinceS.ShouldBe(States.Now.ToUnixTimeSeconds());
    }

    [Fact]
    public void Explain_FailedSubmission_SaysWhichRevisionRunsOn()
    {
        var application = States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))) with { Revision = 4, Failure = "The build failed." };
        Explainer.Explain(application).Answers.Single().ShouldBe(new Answer("Why is it DEPLOY_FAILED?", "Revision 4 can't be used; revision 3 runs on. The build failed."));
        Explainer.Explain(application with { Active = null, Deployments = application.Deployments.Clear() }).Answers.Single().Text.ShouldBe(
            "Revision 4 can't be used, and there is no earlier one to run. The build failed.");
    }

    [Fact]
    public void Explain_WhileItIsPrepared_SaysWhatIsAwaitedAndSinceWhen()
    {
        var application = States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))) with { Revision = 4, Job = new ProgramJob("1-1", Node: null, default) };
        Explainer.Explain(application).Answers.Single().Text.ShouldBe(
            "Revision 4, submitted at 03:04:05 UTC, is being prepared: it waits for a node: none has joined the cluster. Revision 3 serves meanwhile.");
        Explainer.Explain(application with { Job = new ProgramJob("1-1", "node1", default) }).Answers.Single().Text.ShouldContain("node node1 builds /p.");
    }

    [Fact]
    public void Explain_Deleting_SaysWhatMustEnd()
    {
        var application = States.Application(States.Deployment(1, States.AReplica(1, ReplicaPhase.Stopping)) with { IsDeleting = true }) with { IsDeleting = true };
        Lines(Explainer.Explain(application)).ShouldContain("Why is it DELETING? It is being deleted; 1 replica must finish what they do first.");
        Lines(Explainer.Explain(application)).ShouldContain("Api: Why is there 1 replica? None shall be: the application is being deleted. Now: 1 finishing their requests before they end.");
    }

    [Fact]
    public async Task Endpoint_ApplicationOrDeployment_IsExplained()
    {
        await using var host = await AdminHost.StartAsync(cpus: 1.6);
        (await host.SendAsync("PUT", "/api/serve/applications/shop", AdminHost.App("shop"))).Status.ShouldBe(200);
        await host.WaitForAsync(state => state.Find(new("shop", "Model"))?.PlacementProblem is not null);
        var reply = await host.SendAsync("GET", "/api/serve/applications/shop/explain/Model");
        reply.Json["answers"]!.AsArray().Select(answer => answer!["text"]!.GetValue<string>()).ShouldContain(text => text.StartsWith("No node has room for 0.5 CPUs", StringComparison.Ordinal));
        (await host.SendAsync("GET", "/api/serve/applications/shop/explain")).Json["deployments"]!.AsArray().Count.ShouldBe(2);
        (await host.SendAsync("GET", "/api/serve/applications/office/explain")).Error.ShouldBe("There is no application 'office'.");
        var unknown = await host.SendAsync("GET", "/api/serve/applications/shop/explain/Modell");
        unknown.Status.ShouldBe(404);
        unknown.Error.ShouldBe("Application 'shop' has no deployment 'Modell'; it has 'Api', 'Model'.");
    }

    private static IReadOnlyList<string> Lines(Explanation explanation) =>
    [
        .. explanation.Answers.Select(answer => $"{answer.Question} {answer.Text}"),
        .. explanation.Deployments.SelectMany(deployment => deployment.Answers.Select(answer => $"{deployment.Name}: {answer.Question} {answer.Text}")),
    ];
}
