using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Specs.Placement;
using static Serve.Tests.Server.Controller.Scheduling.Requests;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void Place_Spread_TakesTheNodeWithTheSmallestPartInUse() =>
        Place(One(cpus: 1), NewNode("a", 8, usedCpus: 6), NewNode("b", 4, usedCpus: 1), NewNode("c", 2, usedCpus: 1)).Node.ShouldBe("b");

    [Fact]
    public void Place_Spread_PrefersNodesWithFewerReplicasOfTheDeployment()
    {
        NodeState[] nodes = [NewNode("a", 8, usedCpus: 1), NewNode("b", 8, usedCpus: 6), NewNode("c", 8, usedCpus: 7)];
        Scheduler.Place(NodeTable.Of(nodes), One(cpus: 1), Counts(("a", 1)), NodePreference.Spread).Node.ShouldBe("b");
        Scheduler.Place(NodeTable.Of(nodes), One(cpus: 1), Counts(("a", 2), ("b", 2), ("c", 1)), NodePreference.Spread).Node.ShouldBe("c");
    }

    [Fact]
    public void Place_Pack_FillsTheFullestNodeThatHasRoom()
    {
        NodeState[] nodes = [NewNode("a", 8), NewNode("b", 8, usedCpus: 4), NewNode("c", 8, usedCpus: 7.5)];
        Scheduler.Place(NodeTable.Of(nodes), One(cpus: 1), Counts(("b", 4)), NodePreference.Pack).Node.ShouldBe("b");
    }

    [Fact]
    public void Place_FractionOfAGpu_GoesToTheFullestThatHasRoom() =>
        Place(One(cpus: 1, gpus: 0.5), NewNode("a", 8, usedCpus: 0, 0, 0.25, 0.5, 0.75)).Gpus.ShouldBe([2]);

    [Fact]
    public void Place_WholeGpus_MustBeUnused()
    {
        Place(One(cpus: 1, gpus: 2), NewNode("a", 8, usedCpus: 0, 0, 0.1, 0, 0)).Gpus.ShouldBe([0, 2]);
        Place(One(cpus: 1, gpus: 2), NewNode("a", 8, usedCpus: 0, 0, 0.1, 0.2)).Node.ShouldBeNull();
    }

    [Fact]
    public void Place_FractionsThatFillANodeExactly_AllFit()
    {
        var node = NewNode("a", 1, usedCpus: 0, 0);
        for (var i = 0; i < 10; i++)
        {
            var placement = Place(One(cpus: 0.1, gpus: 0.1), node);
            placement.Node.ShouldBe("a", $"replica {i}");
            node = Reservation.Take(node, placement.Bundles[0].Amounts, placement.Gpus);
        }

        Place(One(cpus: 0.0001), node).Node.ShouldBeNull();
    }

    [Fact]
    public void Place_NoCpusAsked_FitsOnAFullNode() => Place(One(cpus: 0), NewNode("a", 1, usedCpus: 1)).Node.ShouldBe("a");

    [Fact]
    public void Place_MemoryAndCustomResources_AreBounded()
    {
        var node = NewNode("a", 8) with { UsedMemory = ResourceAmount.From(3), UsedCustom = ResourceBundle.NoCustom.Add("tpu", ResourceAmount.From(1.5)) };
        node = node with { Info = node.Info with { MemoryBytes = 10, Resources = new Dictionary<string, double> { ["tpu"] = 2 } } };
        Place(One(new ResourceOptions { Memory = 7, Custom = Amounts(("tpu", 0.5)) }), node).Node.ShouldBe("a");
        Place(One(new ResourceOptions { Memory = 8 }), node).Refusal!.ToString().ShouldContain("a has 7 bytes of 10 bytes memory free");
        Place(One(new ResourceOptions { Custom = Amounts(("tpu", 1)) }), node).Refusal!.ToString().ShouldContain("a has 0.5 of 2 tpu free");
        Place(One(new ResourceOptions { Custom = Amounts(("fpga", 1)) }), node).Refusal!.ToString().ShouldContain("a has no fpga");
    }

    [Fact]
    public void Place_AcceleratorType_OnlyWhereTheNodeHasIt()
    {
        var wanted = One(new ResourceOptions { Gpus = 0.1, AcceleratorType = "H100" });
        var a100 = NewNode("a", 8, usedCpus: 0, 0, 0);
        var h100 = NewNode("b", 8, usedCpus: 7, 0);
        h100 = h100 with { Info = h100.Info with { Resources = new Dictionary<string, double> { ["accelerator_type:H100"] = 1 } } };
        Place(wanted, a100, h100).Node.ShouldBe("b");
        Place(wanted, a100).Refusal!.ToString().ShouldContain("a has no H100");
    }

    [Fact]
    public void Place_MaxReplicasPerNode_HoldsWhateverRoomThereIs()
    {
        var request = One(cpus: 1) with { MaxPerNode = 2 };
        NodeState[] nodes = [NewNode("a", 100), NewNode("b", 2)];
        Scheduler.Place(NodeTable.Of(nodes), request, Counts(("a", 2), ("b", 1)), NodePreference.Pack).Node.ShouldBe("b");
        Scheduler.Place(NodeTable.Of(nodes), request, Counts(("a", 2), ("b", 2)), NodePreference.Spread).Refusal!.ToString()
            .ShouldContain("a, b have 2 replicas of the deployment (max_replicas_per_node)");
    }

    [Fact]
    public void Place_LabelSelector_FallsBackInOrderAndOnlyWhereThereIsNoRoom()
    {
        var request = One(new ResourceOptions
        {
            LabelSelector = Texts(("zone", "a")),
            FallbackStrategy = [new FallbackOptions { LabelSelector = Texts(("zone", "in(b,c)")) }, new FallbackOptions { LabelSelector = Texts(("zone", "!d")) }],
        });
        var a = Labelled("n1", "a", usedCpus: 7);
        var c = Labelled("n2", "c", usedCpus: 2);
        var e = Labelled("n3", "e", usedCpus: 0);
        var d = Labelled("n4", "d", usedCpus: 0);
        Place(request, a, c, e, d).Node.ShouldBe("n1");
        var full = Labelled("n1", "a", usedCpus: 8);
        Place(request, full, c, e, d).Node.ShouldBe("n2");
        Place(request, full, e, d).Node.ShouldBe("n3");
        Place(request, full, d).Refusal!.ToString().ShouldContain("n4 has other labels than zone is a, or zone is one of b, c, or zone is not d");
    }

    [Fact]
    public void Place_NodeBeingEmptied_GetsNone() =>
        Place(One(cpus: 1), NewNode("a", 8) with { IsEmptying = true }).Refusal!.ToString().ShouldContain("a is being emptied");

    private static NodeState Labelled(string name, string zone, double usedCpus)
    {
        var node = NewNode(name, 8, usedCpus);
        return node with { Info = node.Info with { Labels = Texts(("zone", zone)) } };
    }
}
