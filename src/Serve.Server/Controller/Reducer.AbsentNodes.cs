using System.Collections.Immutable;
using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>Whether a replica can come back with its node. One with bundles on other nodes has lost them: others may have taken their room.</summary>
    private static bool MayReturn(ReplicaState replica) => replica.Phase != ReplicaPhase.Stopping && Reservation.NodesOf(replica).All(node => node == replica.Node);

    /// <summary>Remembers what a node had that is gone from sight.</summary>
    private static void Miss(Step step, string node, ImmutableArray<ReplicaState> replicas)
    {
        if (!replicas.IsEmpty)
            step.State = step.State with { Absent = step.State.Absent.SetItem(node, new AbsentNode(step.Now, replicas)) };
    }

    /// <summary>
    /// A node is there again. What it had and still runs, for it is the same incarnation, takes its old place where that is still free;
    /// everything else is taken back, and the node ends what of it runs.
    /// </summary>
    /// <returns>The deployments that have a replica more.</returns>
    private static IReadOnlyList<DeploymentId> Welcome(Step step, string node, string incarnation)
    {
        if (step.State.Absent.GetValueOrDefault(node) is not { } absent)
            return [];
        step.State = step.State with { Absent = step.State.Absent.Remove(node) };
        var adopted = new SortedSet<DeploymentId>();
        // Those that ran come first: they can serve at once.
        foreach (var replica in absent.Replicas.OrderBy(replica => replica.Phase != ReplicaPhase.Running).ThenBy(replica => replica.Id))
        {
            if (replica.Desired.Incarnation == incarnation && IsMissed(step, replica))
            {
                Adopt(step, replica);
                adopted.Add(replica.Id.Deployment);
            }
            else
            {
                step.Emit(new ForgetReplica(node, replica.Id));
            }
        }

        return [.. adopted];
    }

    /// <summary>A report of a replica whose node was lost before it came: what is known of it when the node returns, or the news that it has ended.</summary>
    private static void NoteAbsent(Step step, string node, ReplicaReport report)
    {
        if (step.State.Absent.GetValueOrDefault(node) is not { } absent || absent.Replicas.FirstOrDefault(replica => replica.Id == report.Replica) is not { } known)
            return;
        var replicas = report.Phase is ReplicaReportPhase.Starting or ReplicaReportPhase.Running
            ? absent.Replicas.Replace(known, After(step, known, report))
            : absent.Replicas.Remove(known);
        if (report.Phase == ReplicaReportPhase.Draining)
            step.Emit(new ForgetReplica(node, report.Replica));
        step.State = step.State with { Absent = replicas.IsEmpty ? step.State.Absent.Remove(node) : step.State.Absent.SetItem(node, absent with { Replicas = replicas }) };
    }

    private static ReplicaState After(Step step, ReplicaState replica, ReplicaReport report)
    {
        if (report.Phase < replica.Report?.Phase)
            return replica;
        var isReady = report.Phase == ReplicaReportPhase.Running && replica.Phase == ReplicaPhase.Starting;
        return replica with { Report = report, Phase = isReady ? ReplicaPhase.Running : replica.Phase, RunningSince = isReady ? step.Now : replica.RunningSince };
    }

    /// <summary>Gives nodes up for good that have been away for too long.</summary>
    private static void GiveUpAbsentNodes(Step step)
    {
        foreach (var (node, absent) in step.State.Absent.Where(pair => step.Now - pair.Value.Since >= AbsentNode.Patience))
        {
            step.State = step.State with { Absent = step.State.Absent.Remove(node) };
            foreach (var replica in absent.Replicas)
                step.Emit(new ForgetReplica(node, replica.Id));
        }
    }

    /// <summary>Whether the deployment has not replaced it yet: by one that runs, where it ran itself.</summary>
    private static bool IsMissed(Step step, ReplicaState replica)
    {
        if (step.State.Find(replica.Id.Deployment) is not { IsDeleting: false } deployment)
            return false;
        var others = deployment.Replicas.Values.Count(other => other.Phase == ReplicaPhase.Running || (other.Phase == ReplicaPhase.Starting && replica.Phase == ReplicaPhase.Starting));
        return others < deployment.Target.Spec.NumReplicas;
    }

    private static void Adopt(Step step, ReplicaState replica)
    {
        var deployment = step.State.Find(replica.Id.Deployment)!;
        step.Put(deployment with { Replicas = deployment.Replicas.Add(replica.Id, replica) });
        step.State = step.State with { Nodes = Reservation.Book(step.State.Nodes, replica) };
        step.Emit(new Note(replica.Id.ToString(), "its node is back and still has it", IsProblem: false));
    }
}
