using System.Collections.Immutable;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Books what replicas reserve of nodes, and takes it back.</summary>
internal static class Reservation
{
    /// <summary>A node with nothing booked.</summary>
    public static NodeState Empty(NodeInfo info) => new() { Info = info, UsedGpus = [.. Enumerable.Repeat(ResourceAmount.Zero, info.Gpus)] };

    /// <summary>Books all that a replica reserves, on each of its nodes that is there.</summary>
    public static NodeTable Book(NodeTable nodes, ReplicaState replica) => NodesOf(replica).Aggregate(
        nodes, (table, name) => table.TryGetValue(name, out var node) ? table.SetItem(name, Book(node, replica)) : table);

    /// <summary>Takes back what is booked for a replica. A node that went and came back has nothing booked.</summary>
    public static NodeTable Release(NodeTable nodes, ReplicaState replica) => NodesOf(replica).Aggregate(
        nodes,
        (table, name) => table.TryGetValue(name, out var node) && (node.Replicas.Contains(replica.Id) || node.Guests.Contains(replica.Id))
            ? table.SetItem(name, Release(node, replica))
            : table);

    /// <summary>Books what a replica reserves on one node.</summary>
    public static NodeState Book(NodeState node, ReplicaState replica)
    {
        var booked = Change(node, replica, sign: 1);
        return replica.Node == node.Info.Node
            ? booked with { Replicas = node.Replicas.Add(replica.Id) }
            : booked with { Guests = node.Guests.Add(replica.Id) };
    }

    /// <summary>Takes an amount that is no replica's yet.</summary>
    public static NodeState Take(NodeState node, ResourceBundle amounts, IReadOnlyList<int> gpus) => Change(node, ToReserved(node.Info.Node, amounts, gpus), sign: 1);

    /// <summary>All nodes on which a replica reserves something, its own first.</summary>
    public static IEnumerable<string> NodesOf(ReplicaState replica) => replica.Desired.Reserves.Select(reserved => reserved.Node).Prepend(replica.Node).Distinct(StringComparer.Ordinal);

    public static ReservedBundle ToReserved(string node, ResourceBundle amounts, IReadOnlyList<int> gpus) => new()
    {
        Node = node,
        CpuUnits = amounts.Cpus.Units,
        MemoryUnits = amounts.Memory.Units,
        GpuUnits = Math.Min(amounts.Gpus.Units, ResourceAmount.UnitsPerOne),
        Gpus = gpus,
        CustomUnits = amounts.Custom.ToDictionary(pair => pair.Key, pair => pair.Value.Units, StringComparer.Ordinal),
    };

    private static NodeState Release(NodeState node, ReplicaState replica) =>
        Change(node, replica, sign: -1) with { Replicas = node.Replicas.Remove(replica.Id), Guests = node.Guests.Remove(replica.Id) };

    private static NodeState Change(NodeState node, ReplicaState replica, int sign)
    {
        foreach (var reserved in replica.Desired.AllReserved(replica.Node))
        {
            if (reserved.Node == node.Info.Node)
                node = Change(node, reserved, sign);
        }

        return node;
    }

    private static NodeState Change(NodeState node, ReservedBundle reserved, int sign)
    {
        var gpus = node.UsedGpus;
        foreach (var index in reserved.Gpus)
        {
            if (index < gpus.Length)
                gpus = gpus.SetItem(index, gpus[index] + new ResourceAmount(sign * reserved.GpuUnits));
        }

        return node with
        {
            UsedCpus = node.UsedCpus + new ResourceAmount(sign * reserved.CpuUnits),
            UsedMemory = node.UsedMemory + new ResourceAmount(sign * reserved.MemoryUnits),
            UsedGpus = gpus,
            UsedCustom = Change(node.UsedCustom, reserved.CustomUnits, sign),
        };
    }

    private static ImmutableSortedDictionary<string, ResourceAmount> Change(ImmutableSortedDictionary<string, ResourceAmount> used, IReadOnlyDictionary<string, long> units, int sign)
    {
        foreach (var (name, amount) in units)
        {
            var sum = used.GetValueOrDefault(name) + new ResourceAmount(sign * amount);
            used = sum == ResourceAmount.Zero ? used.Remove(name) : used.SetItem(name, sum);
        }

        return used;
    }
}
