namespace Serve.Routing.Load;

/// <summary>
/// The load of one deployment from several sources, kept up to date with work for the one that reports and none for the others. Between two reports of a
/// source its counts stay as they are, and so the sums over time go on. Not safe for threads.
/// </summary>
/// <typeparam name="TSource">What tells sources apart.</typeparam>
/// <param name="id">What the sum is called: an empty load of the deployment.</param>
/// <param name="now">The time, in seconds from anywhere.</param>
internal sealed class LoadSum<TSource>(DeploymentLoad id, double now)
    where TSource : notnull
{
    private readonly Dictionary<TSource, Part> _parts = [];
    private double _at = now;
    private int _running;
    private int _queued;
    private int _peak;
    private long _completed;
    private double _runningSeconds;
    private double _queuedSeconds;
    private long _answers;
    private double _weightedLatency;

    public bool IsEmpty => _parts.Count == 0;

    public int Queued => _queued;

    public int Total => _running + _queued;

    /// <summary>A source has reported.</summary>
    /// <param name="source">Which.</param>
    /// <param name="load">What.</param>
    /// <param name="now">When.</param>
    /// <param name="isOld">Whether a source that is not known has seen all that before anybody listened: it counts from here on.</param>
    public void Take(TSource source, DeploymentLoad load, double now, bool isOld)
    {
        GoOn(now);
        if (_parts.TryGetValue(source, out var part))
            Leave(part.Load);
        else
            part = new Part(isOld ? load : new DeploymentLoad(load.Application, load.Deployment), now);
        var before = part.Load;
        // Fewer that have ended than before: the totals have begun anew, and all of it has come since. The sums over time say nothing of that: a node's go on
        // between two reports of a process as if nothing changed there, and are put right, often downwards, by the next one.
        var hasBegunAnew = load.Completed < before.Completed;
        var seconds = now - part.At;
        _completed += hasBegunAnew ? load.Completed : load.Completed - before.Completed;
        _runningSeconds += load.RunningSeconds - (hasBegunAnew ? 0 : before.RunningSeconds) - (part.IsCounting ? before.Running * seconds : 0);
        _queuedSeconds += load.QueuedSeconds - (hasBegunAnew ? 0 : before.QueuedSeconds) - (part.IsCounting ? before.Queued * seconds : 0);
        // The most of one source at once with what the others have now: their peaks need not have been at the same time.
        _peak = Math.Max(_peak, Total + load.Peak);
        Join(load);
        _peak = Math.Max(_peak, Total);
        _parts[source] = new Part(load, now, IsCounting: true);
    }

    /// <summary>A source can't be reached: what ran and waited there is taken out at once. If it comes back it goes on from its totals.</summary>
    public void Lose(TSource source, double now)
    {
        if (!_parts.TryGetValue(source, out var part) || !part.IsCounting)
            return;
        GoOn(now);
        Leave(part.Load);
        var seconds = now - part.At;
        _parts[source] = new Part(
            part.Load with
            {
                Running = 0,
                Queued = 0,
                Answers = 0,
                LatencyP95 = null,
                RunningSeconds = part.Load.RunningSeconds + (part.Load.Running * seconds),
                QueuedSeconds = part.Load.QueuedSeconds + (part.Load.Queued * seconds),
            },
            now);
    }

    /// <summary>A source has ended and does not come back.</summary>
    public void Remove(TSource source, double now)
    {
        Lose(source, now);
        _parts.Remove(source);
    }

    /// <summary>All together.</summary>
    /// <param name="now">When; not before the last report.</param>
    public DeploymentLoad At(double now)
    {
        GoOn(now);
        return id with
        {
            Running = _running,
            Queued = _queued,
            Completed = _completed,
            RunningSeconds = _runningSeconds,
            QueuedSeconds = _queuedSeconds,
            Peak = Math.Max(_peak, Total),
            Answers = _answers,
            LatencyP95 = _answers > 0 ? _weightedLatency / _answers : null,
        };
    }

    /// <summary>The peak begins anew.</summary>
    public void ForgetPeak() => _peak = Total;

    private void GoOn(double now)
    {
        _runningSeconds += _running * (now - _at);
        _queuedSeconds += _queued * (now - _at);
        _at = now;
    }

    private void Join(DeploymentLoad load)
    {
        _running += load.Running;
        _queued += load.Queued;
        _answers += load.Answers;
        _weightedLatency += load.Answers * (load.LatencyP95 ?? 0);
    }

    private void Leave(DeploymentLoad load)
    {
        _running -= load.Running;
        _queued -= load.Queued;
        _answers -= load.Answers;
        _weightedLatency -= load.Answers * (load.LatencyP95 ?? 0);
    }

    /// <param name="Load">What the source said last.</param>
    /// <param name="At">When.</param>
    /// <param name="IsCounting">Whether it is there.</param>
    private readonly record struct Part(DeploymentLoad Load, double At, bool IsCounting = false);
}
