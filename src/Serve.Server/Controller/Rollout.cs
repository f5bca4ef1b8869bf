using System.Collections.Immutable;

namespace Serve.Server.Controller;

/// <param name="Start">How many replicas of the target's version to start now.</param>
/// <param name="Stop">The replicas to stop now.</param>
internal sealed record RolloutPlan(int Start, ImmutableArray<ReplicaState> Stop);

/// <summary>
/// Decides what to start and stop so that a deployment gets to its target without ever having fewer ready replicas than declared:
/// new replicas start first, at most a quarter over the declared number at a time, and old ones stop as new ones become ready. Pure.
/// </summary>
internal static class Rollout
{
    private const double SurgeShare = 0.25;

    /// <param name="deployment">The deployment.</param>
    /// <param name="mayStart">Whether the back-off after a failure is over.</param>
    /// <param name="mustStay">Whether a deployment that shall go is still needed by older replicas of others.</param>
    public static RolloutPlan Plan(DeploymentState deployment, bool mayStart, bool mustStay)
    {
        var live = deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping).ToImmutableArray();
        if (deployment.IsDeleting)
            return new RolloutPlan(Start: 0, mustStay ? [] : live);
        var target = deployment.Target;
        var wanted = target.Spec.NumReplicas;
        var current = live.Where(replica => replica.Version == target.Version).ToImmutableArray();
        var outdated = live.Where(replica => replica.Version != target.Version).ToImmutableArray();
        return new RolloutPlan(
            mayStart ? HowManyToStart(deployment, wanted, current.Length, outdated.Length) : 0,
            [.. TooMany(current, wanted), .. Replaced(current, outdated, wanted)]);
    }

    private static int HowManyToStart(DeploymentState deployment, int wanted, int current, int outdated)
    {
        var missing = wanted - current;
        if (outdated > 0)
        {
            var surge = Math.Max(1, (int)Math.Ceiling(SurgeShare * wanted));
            missing = Math.Min(missing, wanted + surge - current - outdated);
        }

        // After a failure one replica tries first: a program that can't start shall not be started many times at once.
        return deployment.Failures > 0 && !deployment.HasRun ? Math.Min(missing, current == 0 ? 1 : 0) : Math.Max(missing, 0);
    }

    /// <summary>Of the target's version, beyond the declared number: first those that are not ready, then the newest.</summary>
    private static IEnumerable<ReplicaState> TooMany(ImmutableArray<ReplicaState> current, int wanted) =>
        current.OrderBy(replica => replica.Phase == ReplicaPhase.Running).ThenByDescending(replica => replica.Id).Take(Math.Max(0, current.Length - wanted));

    /// <summary>Of older versions: those that never became ready at once, the ready ones as far as enough others are ready.</summary>
    private static IEnumerable<ReplicaState> Replaced(ImmutableArray<ReplicaState> current, ImmutableArray<ReplicaState> outdated, int wanted)
    {
        var ready = outdated.Where(replica => replica.Phase == ReplicaPhase.Running).OrderBy(replica => replica.Id).ToList();
        var spare = Math.Max(0, current.Count(replica => replica.Phase == ReplicaPhase.Running) + ready.Count - wanted);
        return outdated.Where(replica => replica.Phase == ReplicaPhase.Starting).Concat(ready.Take(spare));
    }
}
