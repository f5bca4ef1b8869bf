using Serve.Server.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Tests.Server.Controller;
using Shown = Serve.Admin.ReplicaState;

namespace Serve.Tests.Server.Admin;

/// <summary>What clients are shown of an application.</summary>
public sealed class ApplicationDetailsBuilderTests
{
    private static readonly ControllerState State = new() { Epoch = 1, MaxRequestBodyBytes = 1024, Nodes = NodeTable.Of([States.NewNode("node1", 4)]) };

    [Fact]
    public void Replica_OnItsWay_IsStartingUpdatingRunningOrStopping()
    {
        ShownAs(States.AReplica(1, ReplicaPhase.Starting), State).ShouldBe(Shown.STARTING);
        ShownAs(States.AReplica(1, ReplicaPhase.Running), State).ShouldBe(Shown.RUNNING);
        ShownAs(States.AReplica(1, ReplicaPhase.Running, settings: "other"), State).ShouldBe(Shown.UPDATING);
        ShownAs(States.AReplica(1, ReplicaPhase.Stopping), State).ShouldBe(Shown.STOPPING);
    }

    [Fact]
    public void Replica_OfAnEarlierControllerThatWasNotHeardOf_IsRecovering() =>
        ShownAs(States.AReplica(1, ReplicaPhase.Starting), State with { Epoch = 2 }).ShouldBe(Shown.RECOVERING);

    [Fact]
    public void Replica_OnANodeThatIsBeingEmptied_IsPendingMigrationAndStillReady()
    {
        var emptying = State with { Nodes = NodeTable.Of([States.NewNode("node1", 4) with { IsEmptying = true }]) };
        var details = ApplicationDetailsBuilder.Build(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))), emptying);
        details.Deployments["Api"].Replicas.Single().State.ShouldBe(Shown.PENDING_MIGRATION);
        details.Deployments["Api"].Replicas.Single().IsReady().ShouldBeTrue();
    }

    [Fact]
    public void Config_OfADeployment_IsTheDocumentOverTheCodeOverTheDefaults()
    {
        var application = States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running)));
        var active = application.Active!;
        active.Description.Deployments[0].Options["max_ongoing_requests"] = 5;
        active.Description.Deployments[0].Options["ray_actor_options"] = new System.Text.Json.Nodes.JsonObject { ["num_cpus"] = 2, ["num_gpus"] = 1 };
        var options = new DeploymentOptions { Name = "Api", Resources = new ResourceOptions { Cpus = 0.5 } };
        application = application with { Active = active with { Spec = active.Spec with { Deployments = [options] } } };
        var config = ApplicationDetailsBuilder.Build(application, State).Deployments["Api"].DeploymentConfig;
        config["max_ongoing_requests"]!.GetValue<int>().ShouldBe(5);
        config["ray_actor_options"]!.ToJsonString().ShouldBe("""{"num_cpus":0.5,"num_gpus":1}""");
        config["health_check_period_s"]!.GetValue<long>().ShouldBe(10);
    }

    private static Shown ShownAs(ReplicaState replica, ControllerState state) =>
        ApplicationDetailsBuilder.Build(States.Application(States.Deployment(1, replica)), state).Deployments["Api"].Replicas.Single().State;
}
