using Serve.Routing;
using Serve.Server.Controller;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

public sealed class RouteTableBuilderTests
{
    private static readonly Func<string, string?> NoZone = _ => null;

    [Fact]
    public void Build_OnlyReadyReplicas_AreRoutedWithTheirAddress()
    {
        var deployment = Deployment(3, AReplica(1, ReplicaPhase.Running), AReplica(2, ReplicaPhase.Starting), AReplica(3, ReplicaPhase.Stopping));
        var routes = RouteTableBuilder.Build(Application(deployment));
        routes.RoutePrefix.ShouldBe("/shop");
        routes.Ingress.ShouldBe("Api");
        routes.UnavailableReason.ShouldBeNull();
        var own = RouteTableBuilder.Build(deployment, node => $"zone of {node}");
        own.Replicas.ShouldBe([new ReplicaRoute("shop#Api#1-1", "/run/1.sock", "node1", "zone of node1")]);
        own.MaxOngoingRequests.ShouldBe(100);
        own.MaxQueuedRequests.ShouldBe(1000);
    }

    [Fact]
    public void Build_ApplicationHasATimeout_RoutersAreTold()
    {
        var application = Application(Deployment(1));
        RouteTableBuilder.Build(application).RequestTimeout.ShouldBeNull();
        var active = application.Active! with { Spec = application.Active!.Spec with { RequestTimeout = TimeSpan.FromSeconds(7) } };
        RouteTableBuilder.Build(application with { Active = active }).RequestTimeout.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Build_OldVersionsThatAreReady_AreRouted() =>
        RouteTableBuilder.Build(Deployment(1, AReplica(1, ReplicaPhase.Running, Old)), NoZone).Replicas.Count.ShouldBe(1);

    [Fact]
    public void Build_Deleting_TakesThePrefixAway() => RouteTableBuilder.Build(Application(Deployment(1)) with { IsDeleting = true }).RoutePrefix.ShouldBeNull();

    [Fact]
    public void Build_FirstSubmissionFailed_SaysWhyNothingWillCome()
    {
        RouteTableBuilder.Build(Application() with { Active = null, Failure = "the build failed" }).UnavailableReason.ShouldBe("the build failed");
        RouteTableBuilder.Build(Application() with { Failure = "the build failed" }).UnavailableReason.ShouldBeNull("the old version serves");
    }

    [Fact]
    public void Build_ReplicasCantStart_SaysSoForThatDeployment()
    {
        RouteTableBuilder.Build(Deployment(1) with { Failures = 3 }, NoZone).UnavailableReason.ShouldBe("its replicas could not start.");
        RouteTableBuilder.Build(Deployment(1) with { Failures = 2 }, NoZone).UnavailableReason.ShouldBeNull();
    }

    [Fact]
    public void Build_IngressIsReplaced_OldOneTakesRequestsUntilTheNewOneIsReady()
    {
        var old = Deployment(new("shop", "Old"), 1, AReplica(1, ReplicaPhase.Running, deployment: new("shop", "Old"))) with { IsDeleting = true };
        old = old with { Target = old.Target with { IsIngress = true } };
        RouteTableBuilder.Build(Application(old, Deployment(1, AReplica(2, ReplicaPhase.Starting)))).Ingress.ShouldBe("Old");
        RouteTableBuilder.Build(Application(old, Deployment(1, AReplica(2, ReplicaPhase.Running)))).Ingress.ShouldBe("Api");
        RouteTableBuilder.Build(Application(Deployment(1, AReplica(2, ReplicaPhase.Starting)))).Ingress.ShouldBe("Api");
    }
}
