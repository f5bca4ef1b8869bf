using Serve.Admin;
using Serve.Server.Admin.Events;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Tests.Server.Controller;

namespace Serve.Tests.Server.Admin;

/// <summary>What is said of the difference of two states.</summary>
public sealed class EventLogTests
{
    private static readonly ControllerState Empty = new() { Epoch = 1, MaxRequestBodyBytes = 1024 };

    [Fact]
    public void Diff_SameState_IsNothing()
    {
        var state = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        EventLog.Diff(state, state, States.Now).ShouldBeEmpty();
    }

    [Fact]
    public void Diff_ApplicationAppears_ReplicasDeploymentsAndStatusAreTold()
    {
        var after = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        Lines(Empty, after).ShouldBe(
        [
            "ReplicaState shop Api shop#Api#1-1 ->RUNNING",
            "DeploymentStatus shop Api ->HEALTHY",
            "ApplicationStatus shop ->RUNNING",
        ]);
    }

    [Fact]
    public void Diff_ReplicaBecomesReady_ReplicaDeploymentAndApplicationFollow()
    {
        var before = With(States.Application(States.Deployment(1, States.AReplica(1, ReplicaPhase.Starting))));
        var after = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        Lines(before, after).ShouldBe(
        [
            "ReplicaState shop Api shop#Api#1-1 STARTING->RUNNING",
            "DeploymentStatus shop Api UPDATING->HEALTHY",
            "ApplicationStatus shop DEPLOYING->RUNNING",
        ]);
    }

    [Fact]
    public void Diff_ReplicaIsReplaced_BothAreTold()
    {
        var before = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        var after = With(States.Application(States.Healthy(1, States.AReplica(2, ReplicaPhase.Running))));
        Lines(before, after).ShouldBe(["ReplicaState shop Api shop#Api#1-1 RUNNING->", "ReplicaState shop Api shop#Api#1-2 ->RUNNING"]);
    }

    [Fact]
    public void Diff_FailedReplica_TellsWhy()
    {
        var before = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        var after = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running, settings: "other", failure: "out of memory"))));
        EventLog.Diff(before, after, States.Now)[0].ShouldBe(new ServeEvent
        {
            TimeS = States.Now.ToUnixTimeSeconds(),
            Type = EventType.ReplicaState,
            Application = "shop",
            Deployment = "Api",
            Replica = "shop#Api#1-1",
            Node = "node1",
            From = "RUNNING",
            To = "UPDATING",
            Message = "out of memory",
        });
    }

    [Fact]
    public void Diff_Revisions_EachIsToldWithWhoAndWhat()
    {
        var shop = States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running)));
        var spec = shop.Spec;
        var after = shop with
        {
            Revision = 5,
            History = shop.History
                .Add(3, new Revision(3, spec, States.Now, By: null, ChangeKind.Deployed, "deployed"))
                .Add(4, new Revision(4, spec, States.Now, "ada", ChangeKind.Scaled, "scaled Api from 1 to 2 replicas"))
                .Add(5, new Revision(5, spec, States.Now, "bob", ChangeKind.RolledBack, "rolled back to revision 3")),
        };
        EventLog.Diff(With(shop), With(after), States.Now).Select(one => $"{one.Type} r{one.Revision} {one.By} {one.Message}").ShouldBe(
            ["RevisionSubmitted r4 ada scaled Api from 1 to 2 replicas", "RolledBack r5 bob rolled back to revision 3"]);
        EventLog.Diff(With(shop with { Revision = 9 }), With(after), States.Now).Count.ShouldBe(3, "the numbers have started again");
    }

    [Fact]
    public void Diff_ApplicationIsGone_EachPartIsToldGone()
    {
        var before = With(States.Application(States.Healthy(1, States.AReplica(1, ReplicaPhase.Running))));
        Lines(before, Empty).ShouldBe(["ReplicaState shop Api shop#Api#1-1 RUNNING->", "DeploymentStatus shop Api HEALTHY->", "ApplicationStatus shop RUNNING->"]);
    }

    [Fact]
    public void Diff_Nodes_ComeGoAndStartAnew()
    {
        var one = WithNodes(States.NewNode("node1", 4), States.NewNode("node2", 4));
        var restarted = States.NewNode("node2", 4);
        var two = WithNodes(restarted with { Info = restarted.Info with { Incarnation = "2" } }, States.NewNode("node3", 4));
        Lines(one, two).ShouldBe(["NodeLeft node1", "NodeLeft node2", "NodeJoined node2", "NodeJoined node3"]);
        Lines(one, WithNodes(States.NewNode("node1", 4, usedCpus: 1), States.NewNode("node2", 4))).ShouldBeEmpty();
    }

    private static ControllerState With(ApplicationState application) => Empty with { Applications = Empty.Applications.SetItem(application.Name, application) };

    private static ControllerState WithNodes(params IEnumerable<NodeState> nodes) => Empty with { Nodes = NodeTable.Of(nodes) };

    private static IEnumerable<string> Lines(ControllerState before, ControllerState after) => EventLog.Diff(before, after, States.Now).Select(one =>
        string.Join(' ', new[] { one.Type.ToString(), one.Application, one.Deployment, one.Replica, one.Type is EventType.NodeJoined or EventType.NodeLeft ? one.Node : null, one.Revision is { } revision ? $"r{revision}" : null, one.From is null && one.To is null ? null : $"{one.From}->{one.To}" }
            .Where(part => part is not null)));
}
