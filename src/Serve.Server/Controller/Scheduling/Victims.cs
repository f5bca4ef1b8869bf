using Serve.Specs;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Which replicas of a deployment go first when it has too many. Pure.</summary>
internal static class Victims
{
    /// <summary>
    /// First those that are not ready, then those on nodes that the label selector does not name (they were put there for want of better), then those
    /// that stand by, then those on nodes with few replicas of any deployment, so that nodes become free, then the newest.
    /// </summary>
    /// <param name="replicas">The replicas.</param>
    /// <param name="spec">What the deployment declares.</param>
    /// <param name="nodes">All nodes.</param>
    public static IOrderedEnumerable<ReplicaState> FirstToGo(IEnumerable<ReplicaState> replicas, DeploymentSpec spec, NodeTable nodes) => replicas
        .OrderBy(replica => replica.Phase == ReplicaPhase.Running)
        .ThenBy(replica => IsPreferred(replica, spec, nodes))
        .ThenBy(replica => !replica.IsStandby)
        .ThenBy(replica => nodes.TryGetValue(replica.Node, out var node) ? node.Replicas.Count + node.Guests.Count : 0)
        .ThenByDescending(replica => replica.Id);

    private static bool IsPreferred(ReplicaState replica, DeploymentSpec spec, NodeTable nodes) =>
        nodes.TryGetValue(replica.Node, out var node) && spec.Resources.LabelSelector.Matches(node.Info.Labels);
}
