using Serve.Server.Controller.Scheduling;

namespace Serve.Server.Controller;

/// <summary>
/// Decides which of a deployment's ready replicas serve and which stand by. To change a replica's role is to change the routes and nothing else: its process does not know of
/// it, and requests that run on one that stands by from now on run to their end. Pure.
/// </summary>
internal static class Standbys
{
    /// <summary>As many serve as are declared. Whoever serves goes on, for its caches are warm; where one is missing, the best of those that stand by takes its place.</summary>
    /// <returns>The deployment with its roles; the same one where none changes.</returns>
    public static DeploymentState Assign(DeploymentState deployment, NodeTable nodes)
    {
        var spec = deployment.Target.Spec;
        var ready = deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Running).ToList();
        var spare = spec.Standbys == 0 ? 0 : Math.Max(0, ready.Count - spec.NumReplicas);
        var waiting = ready.Count(replica => replica.IsStandby);
        if (waiting == spare)
            return deployment;
        var changing = waiting > spare
            ? BestFirst(ready.Where(replica => replica.IsStandby), deployment, nodes).Take(waiting - spare)
            : BestFirst(ready.Where(replica => !replica.IsStandby), deployment, nodes).Reverse().Take(spare - waiting);
        var replicas = deployment.Replicas.ToBuilder();
        foreach (var replica in changing.ToList())
            replicas[replica.Id] = replica with { IsStandby = !replica.IsStandby };
        return deployment with { Replicas = replicas.ToImmutable() };
    }

    /// <summary>Those of the target's version and with its settings, and that stay where they are, before others; else the last to go first.</summary>
    private static IEnumerable<ReplicaState> BestFirst(IEnumerable<ReplicaState> replicas, DeploymentState deployment, NodeTable nodes) =>
        Victims.FirstToGo(replicas, deployment.Target.Spec, nodes).Reverse()
            .OrderBy(replica => replica.Version != deployment.Target.Version)
            .ThenBy(replica => replica.IsMoving)
            .ThenBy(replica => !replica.IsUpToDate);
}
