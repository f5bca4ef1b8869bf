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

    /// <summary>After how long a waiting request counts as one level more urgent.</summary>
    private static readonly TimeSpan RiseTime = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly Lock _queueLock = new();
    private readonly RequestQueue _queue;
    private readonly ReplicaPicker _picker;
    private volatile ReplicaSet _set = ReplicaSet.Empty;
    private int _waiting;
    private ulong _sequence;

    public DeploymentRouter(string application, string deployment, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _queue = new RequestQueue(TicksOf(RiseTime));
        _picker = new ReplicaPicker(TicksOf(LoadHalfLife));
        _sequence = (ulong)timeProvider.GetTimestamp();
        Application = application;
        Deployment = deployment;
    }

    public string Application { get; }

    public string Deployment { get; }

    /// <summary>The requests that wait for a slot now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public ReplicaSet Replicas => _set;

    /// <summary>The timestamp of the router's clock.</summary>
    internal long Now => _timeProvider.GetTimestamp();

    /// <summary>Takes a slot, waiting for one if need be.</summary>
    /// <param name="request">What is wished for; after a refusal <see cref="PickRequest.After"/>, so that the place in the queue is kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BackPressureException">All slots are taken and the queue is full.</exception>
    /// <exception cref="DeploymentUnavailableException">No replica is there and none is expected.</exception>
    public ValueTask<ReplicaLease> AcquireAsync(in PickRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = Now;
        var arrived = request.Arrived == 0 ? now : request.Arrived;
        if (Volatile.Read(ref _waiting) == 0 && TryLease(request, arrived, now) is { } lease)
            return ValueTask.FromResult(lease);
        return _set.UnavailableReason is { } reason ? throw Unavailable(reason) : WaitAsync(new WaitingRequest(request, arrived), now, cancellationToken);
    }

    /// <summary>Takes a slot if one is free now and nobody waits.</summary>
    public bool TryAcquire(in PickRequest request, out ReplicaLease lease)
    {
        var now = Now;
        var taken = Volatile.Read(ref _waiting) == 0 ? TryLease(request, request.Arrived == 0 ? now : request.Arrived, now) : null;
        lease = taken.GetValueOrDefault();
        return taken is not null;
    }

    /// <summary>Puts a new set of replicas in force.</summary>
    public void Update(ReplicaSet set)
    {
        foreach (var replica in set.Replicas)
            replica.Router = this;
        _set = set;
        _picker.Use(set.Replicas, set.MaxOngoingRequests);
        if (set.UnavailableReason is { } reason)
            FailWaiters(reason);
        else
            ServeWaiters();
    }

    /// <summary>Gives a slot back.</summary>
    internal void Release(ReplicaEntry replica)
    {
        _picker.Release(replica);
        if (Volatile.Read(ref _waiting) > 0)
            ServeWaiters();
    }

    /// <summary>A replica may have room now, or none any more.</summary>
    internal void Refresh(ReplicaEntry replica)
    {
        _picker.Refresh(replica);
        if (Volatile.Read(ref _waiting) > 0)
            ServeWaiters();
    }

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

    private async ValueTask<ReplicaLease> WaitAsync(WaitingRequest request, long now, CancellationToken cancellationToken)
    {
        lock (_queueLock)
        {
            if (_set.UnavailableReason is { } reason)
                throw Unavailable(reason);
            // A request that came back was let in already.
            if (!request.CameBack && _set.MaxQueuedRequests >= 0 && _queue.Count >= _set.MaxQueuedRequests && !TryDisplace(request.Request.Priority, now))
                throw QueueIsFull();
            _queue.Add(request);
            Volatile.Write(ref _waiting, _queue.Count);
        }

        // A slot may have been given back between the failed attempt and the entry in the queue; from here on Release sees us waiting.
        Interlocked.MemoryBarrier();
        ServeWaiters();
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((WaitingRequest)state!).TrySetCanceled(token), request);
        try
        {
            return await request.Task;
        }
        finally
        {
            Leave(request);
        }
    }

    /// <summary>Makes room in a full queue for a request that is more urgent than the least urgent there.</summary>
    private bool TryDisplace(int priority, long now)
    {
        if (_queue.LessUrgentThan(priority, now) is not { } other)
            return false;
        _queue.Remove(other);
        other.TrySetException(QueueIsFull());
        return true;
    }

    private void Leave(WaitingRequest request)
    {
        lock (_queueLock)
        {
            if (_queue.Remove(request))
                Volatile.Write(ref _waiting, _queue.Count);
        }
    }

    private void ServeWaiters()
    {
        lock (_queueLock)
        {
            var now = Now;
            while (_queue.TryPeek(now, out var head) && TryLease(head.Request, head.Arrived, now) is { } lease)
            {
                _queue.Serve(now);
                Volatile.Write(ref _waiting, _queue.Count);
                if (!head.TrySetResult(lease))
                    _picker.Release(lease.Replica);
            }
        }
    }

    private void FailWaiters(string reason)
    {
        lock (_queueLock)
        {
            foreach (var waiter in _queue.Clear())
                waiter.TrySetException(Unavailable(reason));
            Volatile.Write(ref _waiting, 0);
        }
    }

    private ReplicaLease? TryLease(in PickRequest request, long arrived, long now) =>
        _picker.Pick(request, NextRandom(), now) is { } replica ? new ReplicaLease(this, replica, arrived, replica.TimesFreed) : null;

    /// <summary>SplitMix64 over a shared counter (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    private ulong NextRandom()
    {
        var z = Interlocked.Add(ref _sequence, 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private long TicksOf(TimeSpan time) => Math.Max(1, (long)(time.TotalSeconds * _timeProvider.TimestampFrequency));

    private BackPressureException QueueIsFull() => new(
        $"Deployment '{Deployment}' of application '{Application}' has {_set.Replicas.Length} replicas with {_set.MaxOngoingRequests} requests each "
        + $"and {_queue.Count} requests waiting (max_queued_requests); try again later, or raise num_replicas, max_ongoing_requests or max_queued_requests.");

    private DeploymentUnavailableException Unavailable(string reason) =>
        new($"Deployment '{Deployment}' of application '{Application}' is not available: {reason}");
}
