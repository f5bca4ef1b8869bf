using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Server.Store.Records;
using Serve.Status;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

public sealed class StatusRulesTests
{
    private static readonly DeploymentState Healthy = In(DeploymentStatus.HEALTHY, Deployment(1, AReplica(1, ReplicaPhase.Running)) with { HasRun = true });

    public static TheoryData<string, string> Messages => new()
    {
        { "healthy", "" },
        { "starting", "1 of 2 replicas are ready, awaited since 03:04:05 UTC; 1-2 is in Process since 03:04:05 UTC" },
        { "no room", "1 of 2 replicas are ready, awaited since 03:04:05 UTC; no node is there yet." },
        { "old one drains", "1 of 1 replicas are ready, awaited since 03:04:05 UTC; 1 are stopping" },
        { "settings on their way", "0 of 1 replicas are ready, awaited since 03:04:05 UTC; 1 take new settings up when their requests have finished" },
        { "settings refused", "replica 1-1 could not take up its settings: no" },
        { "first start failed", "1 failed attempts. The next attempt is at 03:04:06 UTC. why" },
        { "update fails", "3 failed attempts. 1 replicas of the version before serve. why" },
        { "deleting", "1 replicas are stopping since 03:04:05 UTC" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Deployment_Message_SaysWhatIsAwaited(string name, string message) => StatusRules.Of(Make(name)).Message.ShouldBe(message);

    [Fact]
    public void Application_TakesTheWorstOfItsDeployments()
    {
        StatusRules.Of(Application(Healthy)).ShouldBe(ApplicationStatus.RUNNING);
        StatusRules.Of(Application(Healthy, Other(DeploymentStatus.UPDATING))).ShouldBe(ApplicationStatus.DEPLOYING);
        StatusRules.Of(Application(Healthy, Other(DeploymentStatus.UPSCALING))).ShouldBe(ApplicationStatus.DEPLOYING);
        StatusRules.Of(Application(Healthy, Other(DeploymentStatus.UPSCALING, DeploymentStatusTrigger.AUTOSCALING))).ShouldBe(ApplicationStatus.RUNNING);
        StatusRules.Of(Application(Other(DeploymentStatus.UNHEALTHY), Healthy)).ShouldBe(ApplicationStatus.UNHEALTHY);
        StatusRules.Of(Application(Healthy, Other(DeploymentStatus.UNHEALTHY), Other(DeploymentStatus.DEPLOY_FAILED) with { Id = new("shop", "Third") })).ShouldBe(ApplicationStatus.DEPLOY_FAILED);
    }

    [Fact]
    public void Application_IsBeingDescribed_IsDeployingThoughTheOldVersionIsHealthy() =>
        StatusRules.Of(Application(Healthy) with { Job = new ProgramJob("1-1", "node1", ProgramPhase.Building) }).ShouldBe(ApplicationStatus.DEPLOYING);

    [Fact]
    public void Application_CouldNotBeDescribed_HasFailedThoughTheOldVersionIsHealthy()
    {
        var application = Application(Healthy) with { Failure = "the build failed" };
        StatusRules.Of(application).ShouldBe(ApplicationStatus.DEPLOY_FAILED);
        StatusRules.MessageOf(application).ShouldBe("the build failed");
    }

    [Fact]
    public void Application_IsDeleting_IsNothingElse() =>
        StatusRules.Of(Application(Healthy) with { IsDeleting = true, Failure = "x" }).ShouldBe(ApplicationStatus.DELETING);

    [Fact]
    public void Application_WithoutDeployments_Runs() => StatusRules.Of(Application()).ShouldBe(ApplicationStatus.RUNNING);

    [Fact]
    public void Application_Message_NamesEachDeploymentThatIsNotWell() =>
        StatusRules.MessageOf(Application(Make("first start failed") with { Id = new("shop", "Model") }, Healthy, Make("deleting") with { Id = new("shop", "Third") }))
            .ShouldBe("Model: 1 failed attempts. The next attempt is at 03:04:06 UTC. why; Third: 1 replicas are stopping since 03:04:05 UTC");

    private static DeploymentState In(DeploymentStatus status, DeploymentState deployment, DeploymentStatusTrigger trigger = DeploymentStatusTrigger.CONFIG_UPDATE_STARTED) =>
        deployment with { Condition = new DeploymentCondition(status, trigger, Now) };

    private static DeploymentState Other(DeploymentStatus status, DeploymentStatusTrigger trigger = DeploymentStatusTrigger.CONFIG_UPDATE_STARTED) =>
        In(status, Deployment(new("shop", "Model"), 1), trigger);

    private static DeploymentState Make(string name) => name switch
    {
        "starting" => Deployment(2, AReplica(1, ReplicaPhase.Running), AReplica(2, ReplicaPhase.Starting)),
        "no room" => Deployment(2, AReplica(1, ReplicaPhase.Running)) with { PlacementProblem = new PlacementRefusal(NodeTable.Empty, PlacementRequest.Of(Api, new DeploymentSpec { Name = "Api" }), new Dictionary<string, int>()) },
        "old one drains" => Deployment(1, AReplica(1, ReplicaPhase.Stopping, Old), AReplica(2, ReplicaPhase.Running)),
        "settings on their way" => Deployment(1, AReplica(1, ReplicaPhase.Running, settings: "others")),
        "settings refused" => Deployment(1, AReplica(1, ReplicaPhase.Running, settings: "others", failure: "no")),
        "first start failed" => Deployment(1) with { Failures = 1, LastFailure = "why", NextStartAt = Now.AddSeconds(1) },
        "update fails" => Deployment(1, AReplica(1, ReplicaPhase.Running, Old)) with { Failures = 3, LastFailure = "why", Fallback = new Fallback(Deployment(1).Target with { Version = Old }) },
        "deleting" => Deployment(1, AReplica(1, ReplicaPhase.Stopping)) with { IsDeleting = true },
        _ => Healthy,
    };
}
