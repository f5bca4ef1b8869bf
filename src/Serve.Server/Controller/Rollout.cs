using System.Collections.Immutable;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;

namespace Serve.Server.Controller;

/// <param name="Start">How many replicas of the target's version to start now.</param>
/// <param name="StartFallback">How many replicas of the version before to start now, because some of them were lost.</param>
/// <param name="Stop">The replicas to stop now.</param>
internal sealed record RolloutPlan(int Start, int StartFallback, ImmutableArray<ReplicaState> Stop);

/// <summary>
/// Decides what to start and stop so that a deployment gets to its target. With a surge (the default) it never has fewer ready replicas
/// than declared: new ones start first, and old ones stop as new ones become ready. Without one it goes in waves: some old replicas
/// stop, and new ones take their room. Pure.
/// </summary>
internal static class Rollout
{
    /// <param name="deployment">The deployment.</param>
    /// <param name="now">The time.</param>
    /// <param name="mustStay">Whether a deployment that shall go is still needed by older replicas of others.</param>
    /// <param name="nodes">All nodes: what they have decides who goes first.</param>
    public static RolloutPlan Plan(DeploymentState deployment, DateTimeOffset now, bool mustStay, NodeTable nodes)
    {
        var parts = new Parts(deployment, nodes);
        if (deployment.IsDeleting && !mustStay)
            return new RolloutPlan(Start: 0, StartFallback: 0, parts.Live);
        if (deployment.IsDeleting)
            return new RolloutPlan(MayStart(deployment.NextStartAt, now) ? Math.Max(0, parts.Serving - parts.Current.Length) : 0, StartFallback: 0, []);
        var stop = deployment.Target.Spec.MaxSurgePercent > 0 ? StopsWithSurge(parts) : StopsInWaves(deployment, parts);
        return new RolloutPlan(
            MayStart(deployment.NextStartAt, now) ? HowManyToStart(deployment, parts, stop) : 0,
            deployment.Fallback is { } fallback && MayStart(fallback.NextStartAt, now) ? HowManyOfBefore(deployment, parts, stop) : 0,
            stop);
    }

    /// <summary>How many replicas may be taken out of service at the same time, to take settings up or, without a surge, to be replaced.</summary>
    public static int WaveOf(DeploymentSpec spec) => Math.Max(1, (int)(spec.RollingUpdatePercentage * spec.NumReplicas));

    private static int SurgeOf(DeploymentSpec spec) => (int)Math.Ceiling(spec.MaxSurgePercent / 100.0 * spec.AllReplicas);

    private static bool MayStart(DateTimeOffset? at, DateTimeOffset now) => at is not { } time || time <= now;

    private static int HowManyToStart(DeploymentState deployment, Parts parts, ImmutableArray<ReplicaState> stop)
    {
        var missing = parts.Wanted - parts.Current.Length;
        // With a surge, what stops makes room when it is gone; a wave's new ones start while the old ones drain.
        var spec = deployment.Target.Spec;
        var others = parts.Outdated.Length - (spec.MaxSurgePercent > 0 ? 0 : stop.Count(replica => replica.Version != deployment.Target.Version));
        if (others > 0)
            missing = Math.Min(missing, parts.Wanted + SurgeOf(spec) - parts.Current.Length - others);

        // After a failure one replica tries first: a program that can't start shall not be started many times at once.
        return deployment.Failures > 0 && !deployment.HasRun ? Math.Min(missing, parts.Current.Length == 0 ? 1 : 0) : Math.Max(missing, 0);
    }

    /// <summary>
    /// Until a replica of the target's version was ready, nobody knows whether it ever works: what is lost of the version before comes
    /// back. Without a surge the first wave has taken some out, and they come back when the new version has failed for good.
    /// </summary>
    private static int HowManyOfBefore(DeploymentState deployment, Parts parts, ImmutableArray<ReplicaState> stop)
    {
        var spec = deployment.Target.Spec;
        var least = Math.Min(parts.Serving, deployment.Fallback!.Target.Spec.NumReplicas);
        if (spec.MaxSurgePercent == 0 && !StatusRules.HasFailed(deployment))
            least -= WaveOf(spec);
        return deployment.HasRun ? 0 : Math.Max(0, least - parts.Kept.Except(stop).Count());
    }

    /// <summary>What was never ready goes at once; the ready ones go as far as enough others are ready.</summary>
    private static ImmutableArray<ReplicaState> StopsWithSurge(Parts parts)
    {
        var ready = parts.Outdated.Where(replica => replica.Phase == ReplicaPhase.Running).ToList();
        var spare = Math.Max(0, parts.Current.Count(replica => replica.Phase == ReplicaPhase.Running) + ready.Count - parts.Wanted);
        return [.. parts.TooMany, .. parts.Unready, .. parts.SupersededFirst(ready).Take(spare)];
    }

    /// <summary>Ray Serve's way: first down to the declared number, then wave by wave, each as far as the one before it is ready.</summary>
    private static ImmutableArray<ReplicaState> StopsInWaves(DeploymentState deployment, Parts parts)
    {
        var unready = parts.Unready.ToList();
        var ready = parts.Outdated.Except(unready).ToList();
        var over = parts.Current.Length + ready.Count - parts.Wanted;
        if (over > 0 || StatusRules.HasFailed(deployment))
            return [.. unready, .. parts.FirstToGo([.. parts.Current, .. ready]).Take(over)];
        var pending = parts.Wanted - parts.Current.Count(replica => replica.Phase == ReplicaPhase.Running) - ready.Count;
        return [.. unready, .. parts.SupersededFirst(ready).Take(Math.Max(0, WaveOf(deployment.Target.Spec) - pending))];
    }

    /// <summary>The replicas of a deployment that were not told to stop, sorted out.</summary>
    private sealed class Parts
    {
        private readonly string _version;
        private readonly string? _versionBefore;
        private readonly int _leastBefore;
        private readonly DeploymentSpec _spec;
        private readonly NodeTable _nodes;

        public Parts(DeploymentState deployment, NodeTable nodes)
        {
            _spec = deployment.Target.Spec;
            _nodes = nodes;
            _version = deployment.Target.Version;
            Wanted = _spec.AllReplicas;
            Live = [.. deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping)];
            Current = [.. Live.Where(replica => replica.Version == _version && !replica.IsMoving)];
            Outdated = [.. Live.Where(replica => replica.Version != _version || replica.IsMoving)];
            var before = deployment.HasRun ? null : deployment.Fallback?.Target;
            _versionBefore = before?.Version;
            Kept = [.. Outdated.Where(IsKept)];
            _leastBefore = before is null ? 0 : Math.Min(Serving, before.Spec.NumReplicas);
        }

        /// <summary>How many there shall be, those that stand by included.</summary>
        public int Wanted { get; }

        /// <summary>How many shall serve.</summary>
        public int Serving => _spec.NumReplicas;

        public ImmutableArray<ReplicaState> Live { get; }

        /// <summary>Those of the target's version that stay where they are.</summary>
        public ImmutableArray<ReplicaState> Current { get; }

        /// <summary>Those that others replace, the oldest first.</summary>
        public ImmutableArray<ReplicaState> Outdated { get; }

        /// <summary>Those of the version before, while they are what is known to work.</summary>
        public ImmutableArray<ReplicaState> Kept { get; }

        /// <summary>Of the target's version, beyond the declared number.</summary>
        public IEnumerable<ReplicaState> TooMany => FirstToGo(Current).Take(Current.Length - Wanted);

        /// <summary>
        /// Of replicas that others replace, first those that serve although enough of the target's version are ready to do so: the new version shall serve as soon as it can. Then
        /// those that stand by, and last those that are still needed to serve. What is known to work outlasts versions that came between.
        /// </summary>
        public IEnumerable<ReplicaState> SupersededFirst(IReadOnlyList<ReplicaState> outdated)
        {
            var serving = outdated.Where(replica => !replica.IsStandby).ToList();
            var superseded = Math.Max(0, Current.Count(replica => replica.Phase == ReplicaPhase.Running) + serving.Count - Serving);
            return serving.Take(superseded).Concat(outdated.Where(replica => replica.IsStandby)).Concat(serving.Skip(superseded)).OrderBy(IsKept);
        }

        /// <summary>Those that are not ready, then those of other versions, then as <see cref="Victims"/> says.</summary>
        public IEnumerable<ReplicaState> FirstToGo(ImmutableArray<ReplicaState> replicas) => Victims.FirstToGo(replicas, _spec, _nodes)
            .OrderBy(replica => replica.Phase == ReplicaPhase.Running)
            .ThenBy(replica => replica.Version == _version)
            .ThenBy(IsKept);

        private bool IsKept(ReplicaState replica) => replica.Version == _versionBefore;

        /// <summary>Those of other versions that are not ready, and not needed to keep up what works.</summary>
        public IEnumerable<ReplicaState> Unready
        {
            get
            {
                var needed = _leastBefore - Kept.Count(replica => replica.Phase == ReplicaPhase.Running);
                var standIns = Kept.Where(replica => replica.Phase == ReplicaPhase.Starting).Take(Math.Max(0, needed)).ToList();
                return Outdated.Where(replica => replica.Phase == ReplicaPhase.Starting).Except(standIns);
            }
        }
    }
}
