using Serve.Identity;
using Serve.Server.Controller.Scheduling;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>After moves that came to nothing, how long until the next.</summary>
    private static readonly TimeSpan CompactionPause = TimeSpan.FromMinutes(10);

    /// <summary>Goes on with the node that is being emptied, or looks for one. One node at a time.</summary>
    private static void OnCompact(Step step)
    {
        if (step.State.Emptying is not null)
            ContinueCompaction(step);
        else if (!(step.State.NextCompactionAt > step.Now) && Compaction.Plan(step.State, step.Now) is { } plan)
            BeginCompaction(step, plan);
    }

    private static void BeginCompaction(Step step, CompactionPlan plan)
    {
        step.Emit(new Note(plan.Node, $"is being emptied: {plan.Moves.Length} replicas move to {string.Join(", ", plan.Moves.Select(move => move.Placement.Node).Distinct())}", IsProblem: false));
        step.State = step.State with { Emptying = plan.Node };
        step.Put(step.State.Nodes[plan.Node] with { IsEmptying = true });
        foreach (var move in plan.Moves)
        {
            SetMoving(step, move.Replica, isMoving: true);
            Reconciler.StartAt(step, move.Replica.Deployment, move.Placement);
        }
    }

    private static void ContinueCompaction(Step step)
    {
        var name = step.State.Emptying!;
        var node = step.State.Nodes.GetValueOrDefault(name);
        if (node is null or { IsEmptying: false })
        {
            GiveUpCompaction(step, "it has left, or was started anew");
        }
        else if (node.IsIdle)
        {
            step.Emit(new Note(name, "is free", IsProblem: false));
            EndCompaction(step);
        }
    }

    /// <summary>At the end of each step while a node is being emptied: nobody shall suffer from it.</summary>
    private static void CheckCompaction(Step step)
    {
        if (!step.State.Unplaced.IsEmpty)
            GiveUpCompaction(step, "other replicas need its room");
        else if (Moving(step).Any(replica => step.State.Find(replica.Id.Deployment)!.NextStartAt > step.Now))
            GiveUpCompaction(step, "a replica could not be started elsewhere");
    }

    /// <summary>What still runs on the node stays there.</summary>
    private static void GiveUpCompaction(Step step, string reason)
    {
        var name = step.State.Emptying!;
        step.Emit(new Note(name, $"is not emptied: {reason}", IsProblem: true));
        var moving = Moving(step).ToList();
        foreach (var replica in moving)
            SetMoving(step, replica.Id, isMoving: false);
        EndCompaction(step);
        step.State = step.State with { NextCompactionAt = step.Now + CompactionPause };
        foreach (var deployment in moving.Select(replica => replica.Id.Deployment).Distinct())
            Reconciler.Reconcile(step, deployment);
        RetryUnplaced(step, [name]);
    }

    private static void EndCompaction(Step step)
    {
        if (step.State.Nodes.TryGetValue(step.State.Emptying!, out var node))
            step.Put(node with { IsEmptying = false });
        step.State = step.State with { Emptying = null };
    }

    private static void SetMoving(Step step, ReplicaId id, bool isMoving)
    {
        var deployment = step.State.Find(id.Deployment)!;
        step.Put(deployment with { Replicas = deployment.Replicas.SetItem(id, deployment.Replicas[id] with { IsMoving = isMoving }) });
    }

    /// <summary>The replicas of the node that still wait for their replacement.</summary>
    private static IEnumerable<ReplicaState> Moving(Step step) =>
        step.State.Nodes.TryGetValue(step.State.Emptying!, out var node)
            ? node.Replicas.Select(id => step.State.Find(id.Deployment)!.Replicas[id]).Where(replica => replica is { IsMoving: true, Phase: not ReplicaPhase.Stopping })
            : [];
}
