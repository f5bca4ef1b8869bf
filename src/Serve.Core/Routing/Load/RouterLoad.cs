using Serve.Telemetry;

namespace Serve.Routing.Load;

/// <summary>
/// The load of one router's deployment. Requests only count here how many run, and wake the sampler where it does not look; everything that is
/// summed up over time is the sampler's.
/// </summary>
/// <param name="router">The router.</param>
/// <param name="sampler">Who looks, or null where nobody wants to know.</param>
internal sealed class RouterLoad(DeploymentRouter router, LoadSampler? sampler)
{
    private readonly StripedCounter _running = new();
    private volatile bool _isWatched = sampler is null;
    private volatile bool _isClosed;
    private DeploymentLoad _now = new(router.Application, router.Deployment);
    private DeploymentLoad _reported = new(router.Application, router.Deployment);
    private bool _hasHurried;
    private long _arrivals;
    private int _peak;

    /// <summary>The requests that have a slot.</summary>
    public int Running => (int)Math.Max(0, _running.Value);

    /// <summary>The router is used no more: what still runs there is nobody's load.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>What the last look has shown. The sampler's, as all that follows.</summary>
    public DeploymentLoad Now => _now;

    public bool IsQuiet => _now.Total == 0;

    /// <summary>Whether somebody who has the last report, and goes on from there, would be mistaken.</summary>
    public bool HasNews => _now.Running != _reported.Running || _now.Queued != _reported.Queued || _now.Completed != _reported.Completed || _peak > _reported.Total || IsClosed != _reported.IsOver;

    /// <summary>When there is nothing more to say of its answers, while it is quiet; as a timestamp.</summary>
    public long RestsUntil { get; set; }

    /// <summary>A request got a slot.</summary>
    public void OnLease()
    {
        _running.Add();
        if (!_isWatched)
            Wake();
    }

    /// <summary>A slot was given back.</summary>
    public void OnRelease() => _running.Add(-1);

    /// <summary>A request found no slot and waits.</summary>
    public void OnWait(bool isWithoutReplica)
    {
        if (!_isWatched)
            Wake();
        if (isWithoutReplica)
            sampler?.Hurry(this);
    }

    /// <summary>Whether nobody was told yet of requests that wait without a replica; until the queue was seen empty, the first one has told it for all.</summary>
    public bool TryHurry() => !Interlocked.Exchange(ref _hasHurried, value: true);

    public void Close()
    {
        _isClosed = true;
        if (!_isWatched)
            Wake();
    }

    /// <summary>Looks at the router.</summary>
    /// <param name="seconds">For how long it has been as it is now.</param>
    public void Look(double seconds)
    {
        // In this order: a request that comes meanwhile shall not seem to be over already.
        var arrivals = router.Meter.Requests;
        var running = IsClosed ? 0 : Running;
        var queued = IsClosed ? 0 : router.Waiting;
        var over = arrivals - running - queued - router.Meter.GivenUp;
        _now = _now with
        {
            Running = running,
            Queued = queued,
            Completed = Math.Max(_now.Completed, over),
            RunningSeconds = _now.RunningSeconds + (running * seconds),
            QueuedSeconds = _now.QueuedSeconds + (queued * seconds),
        };
        _peak = Math.Max(_peak, running + Math.Max(queued, router.TakeMostWaiting()));
        _arrivals = arrivals;
        if (queued == 0)
            Volatile.Write(ref _hasHurried, value: false);
    }

    /// <summary>What to report, and what the next report is compared with.</summary>
    public DeploymentLoad Take()
    {
        var answers = 0L;
        var latency = IsClosed ? null : router.LatencyP95(out answers);
        _reported = _now = _now with { Peak = Math.Max(_peak, _now.Total), LatencyP95 = latency?.TotalSeconds, Answers = latency is null ? 0 : answers, IsOver = IsClosed };
        _peak = 0;
        return _reported;
    }

    /// <summary>The sampler looks no more until it is woken.</summary>
    /// <returns>Whether that is so: a request may have come in between that could not know.</returns>
    public bool TryRest()
    {
        _isWatched = false;
        // Both counts go up with a full fence before a request reads the mark that is set here.
        Interlocked.MemoryBarrier();
        return IsClosed || (router.Meter.Requests == _arrivals && Running == 0 && router.Waiting == 0) || Interlocked.Exchange(ref _isWatched, value: true);
    }

    private void Wake()
    {
        if (!Interlocked.Exchange(ref _isWatched, value: true))
            sampler!.Watch(this);
    }
}
