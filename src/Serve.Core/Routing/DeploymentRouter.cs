using Serve.Routing.Load;
using Serve.Routing.Outliers;
using Serve.Routing.Queueing;
using Serve.Routing.Retries;
using Serve.Telemetry;

namespace Serve.Routing;

/// <summary>
/// Hands out slots on the replicas of one deployment to the requests of this process. A request that finds all slots taken waits in a
/// bounded queue, first come first served among equal priorities, and gets the slot that frees next: nothing polls and nothing sleeps.
/// </summary>
internal sealed class DeploymentRouter
{
    /// <summary>How long a replica that refused a connection is left alone, unless the route table drops it before.</summary>
    private static readonly TimeSpan DownTime = TimeSpan.FromSeconds(1);

    /// <summary>After how long what a replica said of the load from others counts half.</summary>
    private static readonly TimeSpan LoadHalfLife = TimeSpan.FromSeconds(0.5);

    private readonly TimeProvider _timeProvider;
    private readonly WaitingLine _line;
    private readonly ReplicaPicker _picker;
    private readonly OutlierWatch _outliers;
    private readonly AnswerTimes _answers;
    private volatile ReplicaSet _set = ReplicaSet.Empty;
    private ulong _sequence;

    /// <param name="application">The application of the deployment.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="sampler">Who watches the load, or null where nobody wants to know it.</param>
    public DeploymentRouter(string application, string deployment, TimeProvider timeProvider, LoadSampler? sampler = null)
    {
        _timeProvider = timeProvider;
        _picker = new ReplicaPicker(timeProvider.TicksOf(LoadHalfLife));
        _outliers = new OutlierWatch(timeProvider);
        _answers = new AnswerTimes(timeProvider.TicksOf(TimeSpan.FromSeconds(10)));
        _line = new WaitingLine(this, _picker, _answers, timeProvider);
        _sequence = (ulong)timeProvider.GetTimestamp();
        Application = application;
        Deployment = deployment;
        Budget = new RetryBudget(timeProvider);
        Load = new RouterLoad(this, sampler);
        Meter = new RouterMeter(application, deployment, timeProvider, () => Waiting, () => Load.Running);
    }

    public string Application { get; }

    public string Deployment { get; }

    /// <summary>What is counted here.</summary>
    public RouterMeter Meter { get; }

    /// <summary>How much there is to do.</summary>
    public RouterLoad Load { get; }

    /// <summary>The requests that wait for a slot now.</summary>
    public int Waiting => _line.Count;

    public ReplicaSet Replicas => _set;

    /// <summary>How many repeats and hedges there may be.</summary>
    public RetryBudget Budget { get; }

    /// <summary>After which time without an answer a call that may be repeated goes to a second replica too, or null for never.</summary>
    public TimeSpan? HedgeDelay => _set.Rules.Retries switch
    {
        { HedgeDelay: { } delay } => delay,
        { HedgePercentile: { } percentile } when _answers.Quantile(percentile / 100, Now) is { } ticks => TimeSpan.FromSeconds((double)ticks / _timeProvider.TimestampFrequency),
        _ => null,
    };

    /// <summary>The timestamp of the router's clock.</summary>
    internal long Now => _timeProvider.GetTimestamp();

    /// <summary>Takes a slot, waiting for one if need be.</summary>
    /// <param name="request">What is wished for; after a refusal <see cref="PickRequest.After"/>, so that the place in the queue is kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BackPressureException">All slots are taken and the queue is full, or too long for the request's deadline.</exception>
    /// <exception cref="DeploymentUnavailableException">No replica is there and none is expected.</exception>
    public ValueTask<ReplicaLease> AcquireAsync(in PickRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = Now;
        if (request.Arrived == 0)
        {
            Budget.OnRequest();
            Meter.OnRequest();
        }

        var arrived = request.Arrived == 0 ? now : request.Arrived;
        if (_line.Count == 0 && TryLease(request, arrived, now) is { } lease)
            return ValueTask.FromResult(lease);
        var wait = _line.WaitAsync(new WaitingRequest(request, arrived), now, cancellationToken);
        Load.OnWait(isWithoutReplica: _set.Replicas.Length == 0);
        return Meter.ObserveWaitAsync(wait);
    }

    /// <summary>Takes a slot if one is free now and nobody waits.</summary>
    public bool TryAcquire(in PickRequest request, out ReplicaLease lease)
    {
        var now = Now;
        var taken = _line.Count == 0 ? TryLease(request, request.Arrived == 0 ? now : request.Arrived, now) : null;
        lease = taken.GetValueOrDefault();
        return taken is not null;
    }

    /// <summary>Takes a place on a replica, whether it has a slot left or not.</summary>
    /// <returns>False where the replica has left the route table.</returns>
    public bool TryHold(ReplicaEntry replica, out ReplicaLease lease)
    {
        lease = new ReplicaLease(this, replica, Now, Now, isOfSession: false);
        if (!replica.TryHold())
            return false;
        Load.OnLease();
        return true;
    }

    /// <summary>The most requests that have waited at the same time since somebody asked last.</summary>
    public int TakeMostWaiting() => _line.TakeMost();

    /// <summary>Within which time 95 of 100 answers began lately, the wait for a slot included; null where too few came.</summary>
    /// <param name="answers">How many answers that is taken from.</param>
    public TimeSpan? LatencyP95(out long answers) =>
        _answers.QuantileWithWait(0.95, Now, out answers) is { } ticks ? TimeSpan.FromSeconds((double)ticks / _timeProvider.TimestampFrequency) : null;

    /// <summary>Whether a request that may be repeated may go to another replica too. Takes it out of the budget.</summary>
    /// <param name="repeats">How often it was repeated, this time included.</param>
    public bool TryRepeat(int repeats) => repeats <= _set.Rules.Retries.MaxRetries && Budget.TryTake(_set.Rules.Retries);

    /// <summary>Puts a new set of replicas in force.</summary>
    public void Update(ReplicaSet set)
    {
        foreach (var replica in set.Replicas)
        {
            replica.Router = this;
            if (replica.Models.Count > 0)
                _picker.Models.Told(replica, replica.Models, Now);
        }

        _set = set;
        _picker.Custom = set.Custom;
        _picker.Use(set.Replicas, set.MaxOngoingRequests, set.Rules.PrefersNear);
        if (set.UnavailableReason is not null)
            _line.Fail();
        else
            _line.Serve();
    }

    /// <summary>Gives a slot back.</summary>
    internal void Release(ReplicaEntry replica, bool isOfSession)
    {
        Drop(replica, isOfSession);
        _line.ServeIfAnyWaits();
    }

    /// <summary>Gives a slot back without a look at who waits.</summary>
    internal void Drop(ReplicaEntry replica, bool isOfSession)
    {
        Load.OnRelease();
        _picker.Release(replica, isOfSession);
    }

    /// <summary>A replica may have room now, or none any more.</summary>
    internal void Refresh(ReplicaEntry replica)
    {
        _picker.Refresh(replica);
        _line.ServeIfAnyWaits();
    }

    /// <summary>A replica said which models it holds.</summary>
    internal void OnModels(ReplicaEntry replica, IReadOnlyList<string> models) => _picker.Models.Told(replica, models, Now);

    /// <summary>The answer to a request began.</summary>
    internal void OnAnswer(ReplicaEntry replica, long arrived, long started)
    {
        var now = Now;
        _answers.Add(now - started, started - arrived, now);
        _outliers.OnAnswer(replica, _set, now - started, now);
    }

    /// <summary>A replica failed a request.</summary>
    internal void OnFailure(ReplicaEntry replica) => _outliers.OnFailure(replica, _set, Now);

    /// <summary>Nobody listens at the replica's address: leave it alone for a moment.</summary>
    internal void MarkDown(ReplicaEntry replica)
    {
        if (replica.IsDown)
            return;
        replica.IsDown = true;
        ITimer? timer = null;
        timer = _timeProvider.CreateTimer(
            _ =>
            {
                replica.IsDown = false;
                timer?.Dispose();
            },
            state: null,
            DownTime,
            Timeout.InfiniteTimeSpan);
    }

    internal ReplicaLease? TryLease(in PickRequest request, long arrived, long now)
    {
        if (_picker.Pick(request, NextRandom(), now) is not { } replica)
            return null;
        Load.OnLease();
        return new ReplicaLease(this, replica, arrived, now, request.IsOfSession);
    }

    /// <summary>SplitMix64 over a shared counter (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    private ulong NextRandom()
    {
        var z = Interlocked.Add(ref _sequence, 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
