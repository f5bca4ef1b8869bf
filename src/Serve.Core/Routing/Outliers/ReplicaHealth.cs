namespace Serve.Routing.Outliers;

/// <summary>What one router saw of a replica's answers lately. Requests add to it without a lock; the sweep of <see cref="OutlierWatch"/> reads and fades it.</summary>
internal sealed class ReplicaHealth
{
    /// <summary>How much of the past counts at the next sweep.</summary>
    private const double Keep = 0.7;

    /// <summary>How much it takes until a replica is judged.</summary>
    private const double Enough = 10;

    private long _answers;
    private long _failures;
    private long _ticks;
    private int _failuresInRow;
    private float _penalty = 1;
    private double _fadedAnswers;
    private double _fadedFailures;
    private double _fadedTicks;

    /// <summary>By how much the replica's load counts more than it is, because it does worse than its peers; 1 or more.</summary>
    public float Penalty
    {
        get => Volatile.Read(ref _penalty);
        set => Volatile.Write(ref _penalty, value);
    }

    /// <summary>How often in a row it was left out. Written under the watch's lock.</summary>
    public int Ejections { get; set; }

    /// <summary>When it last came back. Written under the watch's lock.</summary>
    public long BackSince { get; set; }

    /// <summary>How many trial requests it has answered well since it was left out. Written under the watch's lock.</summary>
    public int TrialsPassed { get; set; }

    /// <summary>Whether enough was seen to judge.</summary>
    public bool IsKnown => _fadedAnswers + _fadedFailures >= Enough;

    /// <summary>Whether it answered lately and did not fail since.</summary>
    public bool IsWell => Volatile.Read(ref _failuresInRow) == 0 && _fadedAnswers + Volatile.Read(ref _answers) >= 1;

    public double FailureShare => _fadedFailures / Math.Max(1, _fadedAnswers + _fadedFailures);

    /// <summary>How long an answer takes, in ticks; null where there was hardly one.</summary>
    public double? MeanTicks => _fadedAnswers >= Enough / 2 ? _fadedTicks / _fadedAnswers : null;

    public void AddAnswer(long ticks)
    {
        Interlocked.Increment(ref _answers);
        Interlocked.Add(ref _ticks, ticks);
        if (Volatile.Read(ref _failuresInRow) != 0)
            Volatile.Write(ref _failuresInRow, 0);
    }

    /// <returns>How many failures there were in a row now.</returns>
    public int AddFailure()
    {
        Interlocked.Increment(ref _failures);
        return Interlocked.Increment(ref _failuresInRow);
    }

    /// <summary>Takes up what came since the last time, and lets the past fade.</summary>
    public void Roll()
    {
        _fadedAnswers = _fadedAnswers * Keep + Interlocked.Exchange(ref _answers, 0);
        _fadedFailures = _fadedFailures * Keep + Interlocked.Exchange(ref _failures, 0);
        _fadedTicks = _fadedTicks * Keep + Interlocked.Exchange(ref _ticks, 0);
    }

    /// <summary>Starts anew: what was is no reason to judge the replica by any more.</summary>
    public void Forget()
    {
        Interlocked.Exchange(ref _answers, 0);
        Interlocked.Exchange(ref _failures, 0);
        Interlocked.Exchange(ref _ticks, 0);
        Volatile.Write(ref _failuresInRow, 0);
        (_fadedAnswers, _fadedFailures, _fadedTicks) = (0, 0, 0);
        Penalty = 1;
    }
}
