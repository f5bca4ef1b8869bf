using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <param name="Decision">The decision, as it was made last.</param>
/// <param name="Since">When it was made first.</param>
/// <param name="Times">How often in a row.</param>
internal sealed record LoggedDecision(ScalingDecision Decision, DateTimeOffset Since, long Times);

/// <summary>
/// The last decisions about each deployment, in memory. What is decided again and again is one entry; those that changed the number
/// have a ring of their own, so that hours of "enough" do not push them out.
/// </summary>
internal sealed class DecisionLog
{
    public const int MaxChanges = 100;

    public const int MaxOthers = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<DeploymentId, Entries> _entries = [];

    public void Note(DeploymentId deployment, ScalingDecision decision)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(deployment, out var entries))
                _entries.Add(deployment, entries = new Entries());
            entries.Add(decision);
        }
    }

    /// <summary>The deployment is gone, or no longer autoscaled.</summary>
    public void Forget(DeploymentId deployment)
    {
        lock (_lock)
            _entries.Remove(deployment);
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<LoggedDecision> Of(DeploymentId deployment)
    {
        lock (_lock)
            return _entries.TryGetValue(deployment, out var entries) ? entries.All() : [];
    }

    public LoggedDecision? Last(DeploymentId deployment)
    {
        lock (_lock)
            return _entries.GetValueOrDefault(deployment)?.Last;
    }

    private sealed class Entries
    {
        private readonly Queue<LoggedDecision> _changes = [];
        private readonly Queue<LoggedDecision> _others = [];

        public LoggedDecision? Last { get; private set; }

        public void Add(ScalingDecision decision)
        {
            if (Last is { } last && IsSame(last.Decision, decision))
            {
                Last = last with { Decision = decision, Times = last.Times + 1 };
                return;
            }

            if (Last is { } before)
                Keep(before);
            Last = new LoggedDecision(decision, decision.At, Times: 1);
        }

        public IReadOnlyList<LoggedDecision> All() =>
            [.. (Last is { } last ? new[] { last } : []).Concat(_changes.Concat(_others).OrderByDescending(entry => entry.Decision.At))];

        private void Keep(LoggedDecision entry)
        {
            var (ring, most) = entry.Decision.After == entry.Decision.Before ? (_others, MaxOthers) : (_changes, MaxChanges);
            ring.Enqueue(entry);
            if (ring.Count > most)
                ring.Dequeue();
        }

        private static bool IsSame(ScalingDecision one, ScalingDecision other) =>
            (one.Rule, one.Signal, one.Before, one.After) == (other.Rule, other.Signal, other.Before, other.After);
    }
}
