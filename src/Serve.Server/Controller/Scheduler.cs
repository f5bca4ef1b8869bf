using System.Collections.Immutable;
using Serve.Specs;

namespace Serve.Server.Controller;

/// <param name="Node">The node, or null where none has room.</param>
/// <param name="Gpus">The indexes of the GPUs to use.</param>
/// <param name="Problem">Why no node has room.</param>
internal sealed record Placement(string? Node, ImmutableArray<int> Gpus, string? Problem);

/// <summary>Finds a node for a replica. Pure: the nodes with what is used come in, a decision or the reason for none goes out.</summary>
internal static class Scheduler
{
    /// <summary>The node with the most CPU to spare among those with room, so that replicas spread.</summary>
    public static Placement Place(IEnumerable<NodeState> nodes, ResourceSpec wanted)
    {
        NodeState? best = null;
        var bestGpus = ImmutableArray<int>.Empty;
        var problems = new List<string>();
        foreach (var node in nodes)
        {
            if (WhyNot(node, wanted, out var gpus) is { } problem)
            {
                problems.Add(problem);
            }
            else if (best is null || FreeCpus(node) > FreeCpus(best))
            {
                best = node;
                bestGpus = gpus;
            }
        }

        if (best is not null)
            return new Placement(best.Info.Node, bestGpus, Problem: null);
        return new Placement(
            Node: null, [], problems.Count == 0 ? "no node is there yet." : $"no node has room for {Describe(wanted)}: {string.Join("; ", problems)}.");
    }

    public static ResourceAmount CpusOf(NodeState node) => ResourceAmount.From(node.Info.Cpus);

    private static ResourceAmount FreeCpus(NodeState node) => CpusOf(node) - node.UsedCpus;

    private static string? WhyNot(NodeState node, ResourceSpec wanted, out ImmutableArray<int> gpus)
    {
        gpus = [];
        if (FreeCpus(node) < wanted.Cpus)
            return $"{node.Info.Node} has {FreeCpus(node)} of {CpusOf(node)} CPUs free";
        if (wanted.Gpus == ResourceAmount.Zero)
            return null;
        gpus = PickGpus(node.UsedGpus, wanted.Gpus);
        return gpus.IsEmpty ? $"{node.Info.Node} has {DescribeGpus(node)}" : null;
    }

    /// <summary>Whole GPUs must be unused; a fraction goes to the fullest GPU that still has room, and never to two.</summary>
    private static ImmutableArray<int> PickGpus(ImmutableArray<ResourceAmount> used, ResourceAmount wanted)
    {
        if (wanted < ResourceAmount.One)
        {
            var fitting = Enumerable.Range(0, used.Length).Where(index => used[index] + wanted <= ResourceAmount.One).ToList();
            return fitting.Count == 0 ? [] : [fitting.MaxBy(index => used[index])];
        }

        var count = (int)(wanted.Units / ResourceAmount.UnitsPerOne);
        var unused = Enumerable.Range(0, used.Length).Where(index => used[index] == ResourceAmount.Zero).Take(count).ToImmutableArray();
        return unused.Length == count ? unused : [];
    }

    private static string Describe(ResourceSpec wanted) =>
        wanted.Gpus == ResourceAmount.Zero ? $"{wanted.Cpus} CPUs" : $"{wanted.Cpus} CPUs and {wanted.Gpus} GPUs";

    private static string DescribeGpus(NodeState node) => node.UsedGpus.IsEmpty
        ? "no GPU"
        : $"{string.Join(", ", node.UsedGpus.Select((used, index) => $"GPU {index}: {ResourceAmount.One - used} free"))}";
}
