using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Server.Store.Records;
using Serve.Status;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

public sealed class StatusRulesTests
{
    private static readonly DeploymentState Healthy = Deployment(1, AReplica(1, ReplicaPhase.Running)) with { HasRun = true };

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "healthy", nameof(DeploymentStatus.HEALTHY), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_COMPLETED), "" },
        { "starting", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_STARTED), "1 of 2 replicas are ready; 1-2 is in Process since 03:04:05 UTC" },
        { "no room", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_STARTED), "1 of 2 replicas are ready; no node is there yet." },
        { "old one drains", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_STARTED), "1 of 1 replicas are ready" },
        { "settings on their way", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_STARTED), "0 of 1 replicas are ready" },
        { "settings refused", nameof(DeploymentStatus.DEPLOY_FAILED), nameof(DeploymentStatusTrigger.CONFIG_UPDATE_STARTED), "replica 1-1 could not take up its settings: no" },
        { "first start failed", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.REPLICA_STARTUP_FAILED), "1 failed attempts. The next attempt is at 03:04:06 UTC. why" },
        { "budget is used up", nameof(DeploymentStatus.DEPLOY_FAILED), nameof(DeploymentStatusTrigger.REPLICA_STARTUP_FAILED), "3 failed attempts. why" },
        { "ran and crashed", nameof(DeploymentStatus.UNHEALTHY), nameof(DeploymentStatusTrigger.REPLICA_STARTUP_FAILED), "9 failed attempts. why" },
        { "deleting", nameof(DeploymentStatus.UPDATING), nameof(DeploymentStatusTrigger.DELETING), "1 replicas are stopping" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Deployment_Status_SaysWhatIsGoingOn(string name, string status, string trigger, string message) =>
        StatusRules.Of(Make(name)).ShouldBe((Enum.Parse<DeploymentStatus>(status), Enum.Parse<DeploymentStatusTrigger>(trigger), message));

    [Fact]
    public void Application_TakesTheWorstOfItsDeployments()
    {
        StatusRules.Of(Application(Healthy)).ShouldBe(ApplicationStatus.RUNNING);
        StatusRules.Of(Application(Healthy, Other("starting"))).ShouldBe(ApplicationStatus.DEPLOYING);
        StatusRules.Of(Application(Other("ran and crashed"), Healthy)).ShouldBe(ApplicationStatus.UNHEALTHY);
        StatusRules.Of(Application(Healthy, Other("ran and crashed"), Other("budget is used up") with { Id = new("shop", "Third") })).ShouldBe(ApplicationStatus.DEPLOY_FAILED);
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
        StatusRules.MessageOf(Application(Other("ran and crashed"), Healthy, Other("no room") with { Id = new("shop", "Third") }))
            .ShouldBe("Model: 9 failed attempts. why; Third: 1 of 2 replicas are ready; no node is there yet.");

    private static DeploymentState Other(string name) => Make(name) with { Id = new("shop", "Model") };

    private static DeploymentState Make(string name) => name switch
    {
        "starting" => Deployment(2, AReplica(1, ReplicaPhase.Running), AReplica(2, ReplicaPhase.Starting)),
        "no room" => Deployment(2, AReplica(1, ReplicaPhase.Running)) with { PlacementProblem = new PlacementRefusal(NodeTable.Empty, PlacementRequest.Of(Api, new DeploymentSpec { Name = "Api" }), new Dictionary<string, int>()) },
        "old one drains" => Deployment(1, AReplica(1, ReplicaPhase.Stopping, Old), AReplica(2, ReplicaPhase.Running)),
        "settings on their way" => Deployment(1, AReplica(1, ReplicaPhase.Running, settings: "others")),
        "settings refused" => Deployment(1, AReplica(1, ReplicaPhase.Running, settings: "others", failure: "no")),
        "first start failed" => Deployment(1) with { Failures = 1, LastFailure = "why", NextStartAt = Now.AddSeconds(1) },
        "budget is used up" => Deployment(1) with { Failures = 3, LastFailure = "why" },
        "ran and crashed" => Deployment(1) with { Failures = 9, LastFailure = "why", HasRun = true },
        "deleting" => Deployment(1, AReplica(1, ReplicaPhase.Stopping)) with { IsDeleting = true },
        _ => Healthy,
    };
}
