using System.Collections.Immutable;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Whether a bundle fits on a node. Pure.</summary>
internal static class NodeFit
{
    public static bool HasRoom(NodeState node, ResourceBundle wanted)
    {
        if (node.FreeCpus < wanted.Cpus || node.FreeMemory < wanted.Memory)
            return false;
        foreach (var (name, amount) in wanted.Custom)
        {
            if (node.FreeCustomOf(name) < amount)
                return false;
        }

        return wanted.Gpus == ResourceAmount.Zero || !PickGpus(node.UsedGpus, wanted.Gpus).IsEmpty;
    }

    /// <summary>Why it does not fit, as said of the node: <c>has 0.5 of 2 CPUs free</c>; null where it does.</summary>
    public static string? WhyNot(NodeState node, ResourceBundle wanted)
    {
        if (node.FreeCpus < wanted.Cpus)
            return $"has {node.FreeCpus} of {node.Cpus} CPUs free";
        if (wanted.Gpus > ResourceAmount.Zero && PickGpus(node.UsedGpus, wanted.Gpus).IsEmpty)
            return $"has {DescribeGpus(node)}";
        if (node.FreeMemory < wanted.Memory)
            return $"has {node.FreeMemory.ToByteText()} of {node.Memory.ToByteText()} memory free";
        foreach (var (name, amount) in wanted.Custom)
        {
            if (node.FreeCustomOf(name) >= amount)
                continue;
            if (name.StartsWith(ResourceBundle.AcceleratorTypePrefix, StringComparison.Ordinal))
                return $"has no {name[ResourceBundle.AcceleratorTypePrefix.Length..]}";
            return node.CustomOf(name) == ResourceAmount.Zero ? $"has no {name}" : $"has {node.FreeCustomOf(name)} of {node.CustomOf(name)} {name} free";
        }

        return null;
    }

    /// <summary>The best of <see cref="GpuChoices"/>, or empty.</summary>
    public static ImmutableArray<int> PickGpus(ImmutableArray<ResourceAmount> used, ResourceAmount wanted)
    {
        if (wanted >= ResourceAmount.One)
            return PickWholeGpus(used, wanted);
        var best = -1;
        for (var index = 0; index < used.Length; index++)
        {
            if (used[index] + wanted <= ResourceAmount.One && (best < 0 || used[index] > used[best]))
                best = index;
        }

        return best < 0 ? [] : [best];
    }

    /// <summary>
    /// The GPUs that may be given away, the best choice first. A fraction goes to the fullest GPU that has room and never to two; whole GPUs must be
    /// unused. GPUs that are used alike are one choice.
    /// </summary>
    public static IEnumerable<ImmutableArray<int>> GpuChoices(ImmutableArray<ResourceAmount> used, ResourceAmount wanted)
    {
        if (wanted == ResourceAmount.Zero)
            return [[]];
        if (wanted >= ResourceAmount.One)
            return PickWholeGpus(used, wanted) is { IsEmpty: false } whole ? [whole] : [];
        return Enumerable.Range(0, used.Length)
            .Where(index => used[index] + wanted <= ResourceAmount.One)
            .DistinctBy(index => used[index])
            .OrderByDescending(index => used[index])
            .Select(index => ImmutableArray.Create(index));
    }

    private static ImmutableArray<int> PickWholeGpus(ImmutableArray<ResourceAmount> used, ResourceAmount wanted)
    {
        var count = (int)(wanted.Units / ResourceAmount.UnitsPerOne);
        if (used.Length < count)
            return [];
        var unused = ImmutableArray.CreateBuilder<int>(count);
        for (var index = 0; index < used.Length && unused.Count < count; index++)
        {
            if (used[index] == ResourceAmount.Zero)
                unused.Add(index);
        }

        return unused.Count == count ? unused.MoveToImmutable() : [];
    }

    private static string DescribeGpus(NodeState node) => node.UsedGpus.IsEmpty
        ? "no GPU"
        : $"{string.Join(", ", node.UsedGpus.Select((used, index) => $"GPU {index}: {ResourceAmount.One - used} free"))}";
}
