using System.Collections.Immutable;
using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>Whether a replica can come back with its node. One with bundles on other nodes has lost them: others may have taken their room.</summary>
    private static bool MayReturn(ReplicaState replica) => Reservation.NodesOf(replica).All(node => node == replica.Node);

    /// <summary>Remembers what a node had that is gone from sight.</summary>
    private static void Miss(Step step, string node, ImmutableArray<ReplicaState> replicas)
    {
        if (replicas.IsEmpty)
            return;
        step.State = step.State with { Absent = step.State.Absent.SetItem(node, new AbsentNode(step.Now, replicas)) };
        // Where nothing else happens in the cluster, this is what brings the tick that gives the node up.
        step.WakeAt(step.Now + AbsentNode.Patience, replicas[0].Id.Deployment);
    }

    /// <summary>
    /// A node is there again. What it had it still runs, for it is the same incarnation: a replica takes its old place where that is still
    /// free, and ends where it is not. Of another incarnation nothing has come along.
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
            if (replica.Desired.Incarnation != incarnation)
            {
                step.Emit(new ForgetReplica(node, replica.Id));
                continue;
            }

            if (IsMissed(step, replica))
                Adopt(step, replica);
            else
                Retire(step, replica);
            adopted.Add(replica.Id.Deployment);
        }

        return [.. adopted];
    }

    /// <summary>A report of a replica whose node was lost before it came: what is known of it when the node returns, or the news that it has ended.</summary>
    /// <returns>Whether it is of such a replica.</returns>
    private static bool NoteAbsent(Step step, string node, ReplicaReport report)
    {
        if (step.State.Absent.GetValueOrDefault(node) is not { } absent || absent.Replicas.FirstOrDefault(replica => replica.Id == report.Replica) is not { } known)
            return false;
        var replicas = report.Phase == ReplicaReportPhase.Stopped ? absent.Replicas.Remove(known) : absent.Replicas.Replace(known, After(step, known, report));
        step.State = step.State with { Absent = replicas.IsEmpty ? step.State.Absent.Remove(node) : step.State.Absent.SetItem(node, absent with { Replicas = replicas }) };
        return true;
    }

    private static ReplicaState After(Step step, ReplicaState replica, ReplicaReport report)
    {
        if (report.Phase < replica.Report?.Phase)
            return replica;
        if (report.Phase == ReplicaReportPhase.Draining)
            return replica with { Report = report, Phase = ReplicaPhase.Stopping };
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
        if (replica.Phase == ReplicaPhase.Stopping || step.State.Find(replica.Id.Deployment) is not { IsDeleting: false } deployment)
            return false;
        var others = deployment.Replicas.Values.Count(other => other.Phase == ReplicaPhase.Running || (other.Phase == ReplicaPhase.Starting && replica.Phase == ReplicaPhase.Starting));
        return others < deployment.Target.Spec.AllReplicas;
    }

    private static void Adopt(Step step, ReplicaState replica)
    {
        TakeBack(step, replica);
        step.Emit(new Note(replica.Id.ToString(), "its node is back and still has it", IsProblem: false));
    }

    /// <summary>It runs and nobody needs it: it ends, and keeps its room until it has.</summary>
    private static void Retire(Step step, ReplicaState replica)
    {
        MakePlace(step, replica);
        TakeBack(step, replica);
        Reconciler.Stop(step, replica);
        step.Emit(new Note(replica.Id.ToString(), "its node is back, and it is no longer needed", IsProblem: false));
    }

    /// <summary>Where a replica's deployment is gone, or its whole application, that is there again until the replica has ended.</summary>
    private static void MakePlace(Step step, ReplicaState replica)
    {
        var id = replica.Id.Deployment;
        if (!step.State.Applications.TryGetValue(id.Application, out var application))
        {
            application = ApplicationState.RemainsOf(id.Application, step.Now);
            step.Emit(new WriteApplication(ToRecord(application)));
        }

        if (!application.Deployments.ContainsKey(id.Name))
            step.Put(application with { Deployments = application.Deployments.Add(id.Name, DeploymentState.RemainsOf(id, replica.Desired, step.Now)) });
    }

    private static void TakeBack(Step step, ReplicaState replica)
    {
        var deployment = step.State.Find(replica.Id.Deployment)!;
        step.Put(deployment with { Replicas = deployment.Replicas.Add(replica.Id, replica) });
        step.State = step.State with { Nodes = Reservation.Book(step.State.Nodes, replica) };
    }
}
