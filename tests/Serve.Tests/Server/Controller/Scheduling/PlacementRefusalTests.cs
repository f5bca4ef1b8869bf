using Serve.Server.Controller.Scheduling;
using Serve.Specs.Placement;
using static Serve.Tests.Server.Controller.Scheduling.Requests;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller.Scheduling;

public sealed class PlacementRefusalTests
{
    [Fact]
    public void ToString_NoNode_SaysSo() => Place(One(cpus: 1)).Refusal!.ToString().ShouldBe("no node is there yet.");

    [Fact]
    public void ToString_NoRoom_SaysWhatEachNodeLacks()
    {
        var placement = Place(One(cpus: 1, gpus: 0.5), NewNode("a", 2, usedCpus: 1.5), NewNode("b", 8, usedCpus: 0, 0.75, 1), NewNode("c", 8));
        placement.Node.ShouldBeNull();
        placement.Refusal!.ToString().ShouldBe("no node has room for 1 CPUs, 0.5 GPUs: a has 0.5 of 2 CPUs free; b has GPU 0: 0.25 free, GPU 1: 0 free; c has no GPU.");
        placement.Refusal.Nodes.ShouldBe([new NodeRefusal("a", "has 0.5 of 2 CPUs free"), new NodeRefusal("b", "has GPU 0: 0.25 free, GPU 1: 0 free"), new NodeRefusal("c", "has no GPU")]);
    }

    [Fact]
    public void ToString_NoNodeIsLargeEnough_SaysThatWaitingWontHelp() =>
        Place(One(cpus: 9), NewNode("a", 8, usedCpus: 1)).Refusal!.ToString()
            .ShouldBe("no node has room for 9 CPUs: a has 7 of 8 CPUs free. No node is large enough even where nothing else runs on it.");

    [Fact]
    public void ToString_ThousandNodesWithFewReasons_NamesEachReasonOnceWithACount()
    {
        var nodes = Enumerable.Range(0, 1000).Select(i => NewNode($"n{i:000}", 2, usedCpus: i == 7 ? 1 : 1.5)).ToList();
        Place(One(cpus: 1.25), nodes).Refusal!.ToString()
            .ShouldBe("no node has room for 1.25 CPUs: 999 nodes (n000, n001, n002, …) have 0.5 of 2 CPUs free; n007 has 1 of 2 CPUs free.");
    }

    [Fact]
    public void ToString_ManyReasons_ShowsTheCommonOnes()
    {
        var nodes = Enumerable.Range(0, 20).Select(i => NewNode($"n{i:00}", 2, usedCpus: 1.5 + (Math.Max(0, i - 10) * 0.01))).ToList();
        var text = Place(One(cpus: 1), nodes).Refusal!.ToString();
        text.ShouldContain("11 nodes (n00, n01, n02, …) have 0.5 of 2 CPUs free");
        text.ShouldContain("5 more have other reasons");
    }

    [Fact]
    public void ToString_PlacementGroup_NamesTheBundle()
    {
        var group = Group(PlacementStrategy.STRICT_PACK, Amounts(("CPU", 1)), Amounts(("GPU", 1)));
        Place(group, NewNode("a", 8)).Refusal!.ToString()
            .ShouldBe("there is no room for 2 bundles (STRICT_PACK: 1 CPUs + 0 CPUs, 1 GPUs): a has no GPU (bundle 1). No node is large enough even where nothing else runs on it.");
        var pair = Group(PlacementStrategy.STRICT_PACK, Amounts(("CPU", 5)), Amounts(("CPU", 5)));
        Place(pair, NewNode("a", 8), NewNode("b", 8)).Refusal!.ToString().ShouldContain("a, b have room for each bundle and not for all of them");
    }
}
