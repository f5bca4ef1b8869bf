using System.Collections.Immutable;
using Serve.Identity;

namespace Serve.Server.Controller.Scheduling;

/// <summary>A node that can be emptied.</summary>
/// <param name="Node">The node.</param>
/// <param name="Moves">Where each of its replicas goes.</param>
internal sealed record CompactionPlan(string Node, ImmutableArray<Move> Moves);

internal sealed record Move(ReplicaId Replica, Placement Placement);

/// <summary>
/// Finds a node whose replicas all fit on other nodes that are in use already, so that it becomes free. Each plan that is carried out leaves one node less in use, and none
/// begins to use another, so it comes to an end. Pure.
/// </summary>
internal static class Compaction
{
    /// <summary>How many replicas move at a time.</summary>
    private const int MaxMoves = 8;

    /// <summary>How many nodes one look considers, the emptiest first.</summary>
    private const int MaxCandidates = 10;

    /// <returns>The plan, or null where no node can be emptied or something else is under way.</returns>
    public static CompactionPlan? Plan(ControllerState state, DateTimeOffset now)
    {
        var candidates = state.Nodes.Values
            .Where(node => !node.IsIdle && node.Guests.IsEmpty && node.Replicas.Count <= MaxMoves)
            .OrderBy(node => node.Replicas.Count).ThenBy(node => node.UsedCpus).ThenBy(node => node.Info.Node, StringComparer.Ordinal)
            .Take(MaxCandidates)
            .ToList();
        if (candidates.Count == 0 || !IsQuiet(state, now))
            return null;
        var inUse = NodeTable.Of(state.Nodes.Values.Where(node => !node.IsIdle));
        return candidates.Select(node => PlanFor(state, node, inUse)).FirstOrDefault(plan => plan is not null);
    }

    /// <summary>Whether nothing else moves: no rollout, no start or stop, nothing that waits for room.</summary>
    private static bool IsQuiet(ControllerState state, DateTimeOffset now) =>
        state.Unplaced.IsEmpty && state.Applications.Values.All(application =>
            application is { Job: null, IsDeleting: false } && application.Deployments.Values.All(deployment => IsQuiet(deployment, now)));

    private static bool IsQuiet(DeploymentState deployment, DateTimeOffset now) =>
        deployment is { IsDeleting: false, Fallback: null } && !(deployment.NextStartAt > now)
        && deployment.Replicas.Count == deployment.Target.Spec.AllReplicas
        && deployment.Replicas.Values.All(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: true } && replica.Version == deployment.Target.Version);

    private static CompactionPlan? PlanFor(ControllerState state, NodeState node, NodeTable inUse)
    {
        var others = inUse.Remove(node.Info.Node);
        var counts = new Dictionary<DeploymentId, Dictionary<string, int>>();
        var moves = ImmutableArray.CreateBuilder<Move>(node.Replicas.Count);
        foreach (var id in node.Replicas)
        {
            var deployment = state.Find(id.Deployment)!;
            // A deployment without a surge wants no replica more than it declares, not even for a moment; and a group stays where its parts are.
            if (deployment.Target.Spec.MaxSurgePercent == 0 || deployment.Replicas[id].Desired.Reserves.Count > 0)
                return null;
            if (!counts.TryGetValue(id.Deployment, out var own))
                counts[id.Deployment] = own = deployment.Replicas.Values.CountBy(replica => replica.Node).ToDictionary(StringComparer.Ordinal);
            var placement = Scheduler.Place(others, NoWorse(PlacementRequest.Of(id.Deployment, deployment.Target.Spec), node), own, NodePreference.Pack);
            if (placement.Node is not { } target)
                return null;
            own[target] = own.GetValueOrDefault(target) + 1;
            others = others.SetItem(target, Reservation.Take(others[target], placement.Bundles[0].Amounts, placement.Gpus));
            moves.Add(new Move(id, placement));
        }

        return new CompactionPlan(node.Info.Node, moves.ToImmutable());
    }

    /// <summary>A replica on a node that its label selector prefers does not move to one of a fallback.</summary>
    private static PlacementRequest NoWorse(PlacementRequest request, NodeState node)
    {
        var bundle = request.Bundles[0];
        var reached = bundle.Selectors.TakeWhile(selector => !selector.Matches(node.Info.Labels)).Count();
        return request with { Bundles = [bundle with { Selectors = [.. bundle.Selectors.Take(reached + 1)] }] };
    }
}
