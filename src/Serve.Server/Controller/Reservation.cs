using Serve.Server.Store.Records;
using Serve.Specs;

namespace Serve.Server.Controller;

/// <summary>Books what replicas reserve of their node, and takes it back.</summary>
internal static class Reservation
{
    /// <summary>A node with nothing booked.</summary>
    public static NodeState Empty(NodeInfo info) => new() { Info = info, UsedGpus = [.. Enumerable.Repeat(ResourceAmount.Zero, info.Gpus)] };

    public static NodeState Book(NodeState node, ReplicaState replica) => Change(node, replica, sign: 1) with { Replicas = node.Replicas.Add(replica.Id) };

    public static NodeState Release(NodeState node, ReplicaState replica) => Change(node, replica, sign: -1) with { Replicas = node.Replicas.Remove(replica.Id) };

    private static NodeState Change(NodeState node, ReplicaState replica, int sign)
    {
        var gpus = node.UsedGpus;
        foreach (var index in replica.Desired.Gpus)
        {
            if (index < gpus.Length)
                gpus = gpus.SetItem(index, gpus[index] + new ResourceAmount(sign * replica.Desired.GpuUnits));
        }

        return node with { UsedCpus = node.UsedCpus + new ResourceAmount(sign * replica.Desired.CpuUnits), UsedGpus = gpus };
    }
}
