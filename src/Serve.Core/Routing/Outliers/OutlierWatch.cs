namespace Serve.Routing.Outliers;

/// <summary>
/// Compares the replicas of a deployment with each other by their answers. One that fails more or takes longer than its peers counts as
/// busier than it is, so that it gets less. One that is far worse is left out for a time, then gets one request at a time until a few of
/// them went well, or is left out for longer. So many at once may be left out and no more: when all do badly, none is an outlier.
/// The comparison is made with traffic, at most once a second; only the end of a time out has a timer.
/// </summary>
internal sealed class OutlierWatch(TimeProvider timeProvider)
{
    private const int TrialsToPass = 3;

    /// <summary>From how many times the median on a replica gets less.</summary>
    private const double Slow = 1.5;

    /// <summary>What a failed request counts in answers' times.</summary>
    private const double FailureWeight = 10;

    /// <summary>Between answers as quick as this no difference counts: it is noise of the machine.</summary>
    private static readonly TimeSpan Negligible = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly double _negligible = Negligible.TotalSeconds * timeProvider.TimestampFrequency;
    private long _nextSweep = timeProvider.GetTimestamp() + timeProvider.TimestampFrequency;
    private double _medianTicks;
    private double _medianFailures;

    /// <summary>A replica answered.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="set">It and its peers.</param>
    /// <param name="ticks">How long it took until the answer began.</param>
    /// <param name="now">The router's clock.</param>
    public void OnAnswer(ReplicaEntry replica, ReplicaSet set, long ticks, long now)
    {
        if (replica.IsEjected)
            return;
        if (replica.IsOnTrial)
        {
            OnTrial(replica, set, passed: !IsFarSlower(ticks, set.Rules.Outliers), now);
            return;
        }

        replica.Health.AddAnswer(ticks);
        SweepIfDue(set, now);
    }

    /// <summary>A replica failed a request.</summary>
    public void OnFailure(ReplicaEntry replica, ReplicaSet set, long now)
    {
        if (replica.IsEjected)
            return;
        if (replica.IsOnTrial)
        {
            OnTrial(replica, set, passed: false, now);
            return;
        }

        var inRow = replica.Health.AddFailure();
        SweepIfDue(set, now);
        // Where no peer does better it is not the replica that is ill.
        if (inRow >= set.Rules.Outliers.FailuresInRow && set.Replicas.Any(peer => peer.Health.IsWell))
            TryEject(replica, set, now);
    }

    private void SweepIfDue(ReplicaSet set, long now)
    {
        var due = Volatile.Read(ref _nextSweep);
        if (now < due || Interlocked.CompareExchange(ref _nextSweep, now + timeProvider.TimestampFrequency, due) != due)
            return;
        lock (_lock)
            Sweep(set, now);
    }

    private void Sweep(ReplicaSet set, long now)
    {
        var judged = new List<ReplicaEntry>(set.Replicas.Length);
        foreach (var replica in set.Replicas)
        {
            replica.Health.Roll();
            if (replica is { IsEjected: false, IsOnTrial: false, Health.IsKnown: true })
                judged.Add(replica);
        }

        _medianTicks = Median(judged.Select(replica => replica.Health.MeanTicks).OfType<double>());
        _medianFailures = Median(judged.Select(replica => replica.Health.FailureShare));
        foreach (var replica in judged)
            replica.Health.Penalty = judged.Count < 2 || !set.Rules.Outliers.IsEnabled ? 1 : (float)PenaltyOf(replica.Health);
        foreach (var replica in judged.Where(replica => IsOutlier(replica.Health, set.Rules.Outliers)).OrderByDescending(replica => replica.Health.Penalty).ToList())
            TryEject(replica, set, now);
    }

    private double PenaltyOf(ReplicaHealth health)
    {
        var slowness = SlownessOf(health.MeanTicks);
        return (slowness < Slow ? 1 : slowness) * (1 + FailureWeight * Math.Max(0, health.FailureShare - _medianFailures));
    }

    private bool IsOutlier(ReplicaHealth health, OutlierRules rules) =>
        SlownessOf(health.MeanTicks) >= rules.Slowness || health.FailureShare - _medianFailures >= rules.FailureShare;

    private bool IsFarSlower(long ticks, OutlierRules rules) => SlownessOf(ticks) >= rules.Slowness;

    private double SlownessOf(double? ticks) => ticks is not { } time || _medianTicks <= 0 || time - _medianTicks < _negligible ? 1 : time / _medianTicks;

    private void OnTrial(ReplicaEntry replica, ReplicaSet set, bool passed, long now)
    {
        lock (_lock)
        {
            if (!replica.IsOnTrial)
                return;
            if (!passed)
            {
                Eject(replica, set.Rules.Outliers, now);
            }
            else if (++replica.Health.TrialsPassed >= TrialsToPass)
            {
                replica.Health.BackSince = now;
                replica.IsOnTrial = false;
            }
        }
    }

    private void TryEject(ReplicaEntry replica, ReplicaSet set, long now)
    {
        lock (_lock)
        {
            var rules = set.Rules.Outliers;
            if (rules.IsEnabled && !replica.IsEjected && !replica.IsOnTrial && set.Replicas.Count(other => other.IsEjected || other.IsOnTrial) < rules.MostEjected(set.Replicas.Length))
                Eject(replica, rules, now);
        }
    }

    private void Eject(ReplicaEntry replica, OutlierRules rules, long now)
    {
        var health = replica.Health;
        if (now - health.BackSince > rules.LongestEjection.TotalSeconds * timeProvider.TimestampFrequency && !replica.IsOnTrial)
            health.Ejections = 0;
        var time = rules.EjectionTime * Math.Min(Math.Pow(2, health.Ejections), rules.LongestEjection / rules.EjectionTime);
        health.Ejections = Math.Min(health.Ejections + 1, 30);
        replica.IsEjected = true;
        ITimer? timer = null;
        timer = timeProvider.CreateTimer(
            _ =>
            {
                BeginTrial(replica);
                timer?.Dispose();
            },
            state: null,
            time,
            Timeout.InfiniteTimeSpan);
    }

    private void BeginTrial(ReplicaEntry replica)
    {
        lock (_lock)
        {
            replica.Health.Forget();
            replica.Health.TrialsPassed = 0;
            replica.IsOnTrial = true;
            replica.IsEjected = false;
        }
    }

    /// <summary>The middle one; of an even number the lower, so that of two the worse is compared with the better.</summary>
    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[(sorted.Count - 1) / 2];
    }
}
