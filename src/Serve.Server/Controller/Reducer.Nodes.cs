using System.Collections.Immutable;
using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Status;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    private static void OnNodeSeen(Step step, NodeSeen seen)
    {
        var info = seen.Info;
        var old = step.State.Nodes.GetValueOrDefault(info.Node);
        var replicas = (old?.Replicas ?? []).Union(old?.Guests ?? []).Select(id => step.State.Find(id.Deployment)!.Replicas[id]);
        step.Put(replicas.Aggregate(Reservation.Empty(info), Reservation.Book));
        foreach (var deployment in RemoveReplicas(step, info.Node, replica => replica.Desired.Incarnation != info.Incarnation, "its node was started anew"))
            Reconciler.Reconcile(step, deployment);
        foreach (var deployment in Welcome(step, info.Node, info.Incarnation))
            Reconciler.Reconcile(step, deployment);
        foreach (var application in step.State.Applications.Values.Where(application => application.Job is { Node: null } || (old is null && application.Job?.Node == info.Node)))
            OrderDescription(step, application);
        RetryUnplaced(step, [info.Node]);
    }

    private static void OnNodeGone(Step step, NodeGone gone)
    {
        if (!step.State.Nodes.TryGetValue(gone.Node, out var node))
            return;
        var guests = node.Guests;
        var missed = node.Replicas.Select(id => step.State.Find(id.Deployment)!.Replicas[id]).Where(MayReturn).ToImmutableArray();
        var touched = RemoveReplicas(step, gone.Node, static _ => true, "its node is gone", keepsOrder: MayReturn).Concat(guests.Select(id => id.Deployment)).Distinct().ToList();
        Miss(step, gone.Node, missed);
        step.State = step.State with { Nodes = step.State.Nodes.Remove(gone.Node) };
        foreach (var application in step.State.Applications.Values.Where(application => application.Job?.Node == gone.Node))
            OrderDescription(step, application);
        // All or nothing: a replica that lost a bundle of its placement group is replaced as a whole.
        foreach (var guest in guests)
            Reconciler.GiveUp(step, guest, $"its bundle on node {gone.Node} is gone with the node");
        foreach (var deployment in touched)
            Reconciler.Reconcile(step, deployment);
    }

    /// <summary>Takes replicas of a node out of the state that can't be counted on any more.</summary>
    /// <returns>The deployments that had them.</returns>
    private static IReadOnlyList<DeploymentId> RemoveReplicas(Step step, string node, Func<ReplicaState, bool> isGone, string reason, Func<ReplicaState, bool>? keepsOrder = null)
    {
        var gone = step.State.Nodes[node].Replicas
            .Select(id => step.State.Find(id.Deployment)!.Replicas[id])
            .Where(isGone)
            .ToList();
        foreach (var replica in gone)
        {
            step.Emit(new Note(replica.Id.ToString(), $"lost: {reason}", IsProblem: true));
            TakeOut(step, replica);
            if (keepsOrder?.Invoke(replica) != true)
                step.Emit(new ForgetReplica(replica.Node, replica.Id));
            if (step.State.Find(replica.Id.Deployment) is { Condition.Status: not DeploymentStatus.UPDATING } && replica.Phase == ReplicaPhase.Running)
                step.Signal(replica.Id.Deployment, DeploymentEvent.HealthCheckFailed);
        }

        return [.. gone.Select(replica => replica.Id.Deployment).Distinct()];
    }

    /// <summary>Forgets a replica whose process is gone and gives back what it had reserved.</summary>
    private static void Remove(Step step, ReplicaState replica)
    {
        TakeOut(step, replica);
        step.Emit(new ForgetReplica(replica.Node, replica.Id));
    }

    private static void TakeOut(Step step, ReplicaState replica)
    {
        var deployment = step.State.Find(replica.Id.Deployment)!;
        step.Put(deployment with { Replicas = deployment.Replicas.Remove(replica.Id) });
        step.State = step.State with { Nodes = Reservation.Release(step.State.Nodes, replica) };
    }
}
