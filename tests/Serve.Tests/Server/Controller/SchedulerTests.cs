using Serve.Server.Controller;
using Serve.Specs;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

public sealed class SchedulerTests
{
    [Fact]
    public void Place_SeveralHaveRoom_TakesTheOneWithMostCpusToSpare() =>
        Scheduler.Place([Node("a", 8, usedCpus: 6), Node("b", 4, usedCpus: 1), Node("c", 2)], Resources(1)).Node.ShouldBe("b");

    [Fact]
    public void Place_NoNode_SaysSo() => Scheduler.Place([], Resources(1)).Problem.ShouldBe("no node is there yet.");

    [Fact]
    public void Place_NoRoom_SaysWhatEachNodeLacks()
    {
        var placement = Scheduler.Place([Node("a", 2, usedCpus: 1.5), Node("b", 8, usedCpus: 0, 0.75, 1), Node("c", 8)], Resources(1, gpus: 0.5));
        placement.Node.ShouldBeNull();
        placement.Problem.ShouldBe("no node has room for 1 CPUs and 0.5 GPUs: a has 0.5 of 2 CPUs free; b has GPU 0: 0.25 free, GPU 1: 0 free; c has no GPU.");
    }

    [Fact]
    public void Place_FractionOfAGpu_GoesToTheFullestThatHasRoom() =>
        Scheduler.Place([Node("a", 8, usedCpus: 0, 0, 0.25, 0.5, 0.75)], Resources(1, gpus: 0.5)).Gpus.ShouldBe([2]);

    [Fact]
    public void Place_WholeGpus_MustBeUnused()
    {
        Scheduler.Place([Node("a", 8, usedCpus: 0, 0, 0.1, 0, 0)], Resources(1, gpus: 2)).Gpus.ShouldBe([0, 2]);
        Scheduler.Place([Node("a", 8, usedCpus: 0, 0, 0.1, 0.2)], Resources(1, gpus: 2)).Node.ShouldBeNull();
    }

    [Fact]
    public void Place_FractionsThatFillANodeExactly_AllFit()
    {
        var node = Node("a", 1, usedCpus: 0, 0);
        for (var i = 0; i < 10; i++)
        {
            var placement = Scheduler.Place([node], Resources(0.1, gpus: 0.1));
            placement.Node.ShouldBe("a", $"replica {i}");
            node = node with { UsedCpus = node.UsedCpus + ResourceAmount.From(0.1), UsedGpus = [node.UsedGpus[0] + ResourceAmount.From(0.1)] };
        }

        Scheduler.Place([node], Resources(0.0001)).Node.ShouldBeNull();
    }

    [Fact]
    public void Place_RandomNodes_FindsRoomIfAndOnlyIfThereIs()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(0, random.Next(1, 6)).Select(i => RandomNode($"n{i}", random)).ToList();
            var wanted = Resources(random.Next(0, 9) * 0.25, new[] { 0, 0.25, 0.5, 1, 2, 3 }[random.Next(6)]);
            var placement = Scheduler.Place(nodes, wanted);
            var fitting = nodes.Where(node => Fits(node, wanted)).ToList();
            (placement.Node is not null).ShouldBe(fitting.Count > 0, $"seed {seed}");
            (placement.Problem is null).ShouldBe(fitting.Count > 0, $"seed {seed}");
            if (placement.Node is not { } name)
                continue;
            var chosen = fitting.SingleOrDefault(node => node.Info.Node == name).ShouldNotBeNull($"seed {seed}");
            (Scheduler.CpusOf(chosen) - chosen.UsedCpus).ShouldBe(fitting.Max(node => Scheduler.CpusOf(node) - node.UsedCpus), $"seed {seed}");
            placement.Gpus.Distinct().Count().ShouldBe((int)Math.Ceiling(wanted.Gpus.Value), $"seed {seed}");
            placement.Gpus.ShouldAllBe(gpu => chosen.UsedGpus[gpu].Value + Math.Min(1, wanted.Gpus.Value) <= 1, $"seed {seed}");
        }
    }

    private static NodeState RandomNode(string name, Random random)
    {
        var cpus = random.Next(1, 9);
        return Node(name, cpus, random.Next(0, (cpus * 4) + 1) * 0.25, [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(5) * 0.25)]);
    }

    private static bool Fits(NodeState node, ResourceSpec wanted)
    {
        var gpus = wanted.Gpus.Value < 1
            ? wanted.Gpus.Value == 0 || node.UsedGpus.Any(used => used.Value + wanted.Gpus.Value <= 1)
            : node.UsedGpus.Count(used => used.Value == 0) >= wanted.Gpus.Value;
        return gpus && node.UsedCpus + wanted.Cpus <= Scheduler.CpusOf(node);
    }
}
