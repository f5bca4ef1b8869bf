using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using static Serve.Tests.Server.Controller.Scheduling.Requests;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Checklist items 25 and 95: who goes first on downscale.</summary>
public sealed class VictimsTests
{
    [Fact]
    public void FirstToGo_StartingReplicas_GoBeforeReadyOnes() =>
        Order(On("n", 1), On("n", 2, ReplicaPhase.Starting), On("n", 3)).ShouldBe([2, 3, 1]);

    [Fact]
    public void FirstToGo_ReplicasOnFallbackNodes_GoBeforeThoseOnPreferredOnes()
    {
        var spec = DeploymentSpec.Resolve("Api", new DeploymentOptions { Resources = new ResourceOptions { LabelSelector = Texts(("zone", "a")) } });
        Order(spec, [Of("n", "a", others: 0), Of("m", "b", others: 9)], On("n", 1), On("m", 2), On("n", 3)).ShouldBe([2, 3, 1]);
    }

    [Fact]
    public void FirstToGo_ReplicasOnNodesWithFewOthers_GoFirstSoThatNodesBecomeFree() =>
        Order(new DeploymentSpec { Name = "Api" }, [Of("n", "a", others: 5), Of("m", "a", others: 1)], On("n", 3), On("m", 1), On("m", 2)).ShouldBe([2, 1, 3]);

    [Fact]
    public void FirstToGo_AllElseEqual_TheNewestGoes() => Order(On("n", 1), On("n", 3), On("n", 2)).ShouldBe([3, 2, 1]);

    private static IReadOnlyList<long> Order(params IReadOnlyList<ReplicaState> replicas) => Order(new DeploymentSpec { Name = "Api" }, [], replicas);

    private static IReadOnlyList<long> Order(DeploymentSpec spec, IReadOnlyList<NodeState> nodes, params IReadOnlyList<ReplicaState> replicas) =>
        [.. Victims.FirstToGo(replicas, spec, NodeTable.Of(nodes)).Select(replica => replica.Id.Number)];

    private static ReplicaState On(string node, long number, ReplicaPhase phase = ReplicaPhase.Running) => AReplica(number, phase) with { Node = node };

    private static NodeState Of(string name, string zone, int others)
    {
        var node = NewNode(name, 8);
        return node with { Info = node.Info with { Labels = Texts(("zone", zone)) }, Replicas = [.. Enumerable.Range(100, others).Select(number => AReplica(number, ReplicaPhase.Running).Id)] };
    }
}
