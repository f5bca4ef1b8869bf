using System.Diagnostics;
using Serve.Telemetry;

namespace Serve.Routing;

/// <summary>
/// Hands out slots on the replicas of one deployment to the requests of this process. A request that finds all slots taken waits in a
/// bounded queue, first come first served, and gets the slot that frees next: nothing polls and nothing sleeps.
/// </summary>
internal sealed class DeploymentRouter
{
    /// <summary>How long a replica that refused a connection is left alone, unless the route table drops it before.</summary>
    private static readonly TimeSpan DownTime = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly Lock _queueLock = new();
    private readonly LinkedList<Waiter> _queue = [];
    private volatile ReplicaSet _set = ReplicaSet.Empty;
    private int _waiting;
    private ulong _sequence;

    public DeploymentRouter(string application, string deployment, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _sequence = (ulong)timeProvider.GetTimestamp();
        Application = application;
        Deployment = deployment;
        Meter = new RouterMeter(application, deployment, timeProvider, () => Waiting, () => _set.Replicas.Sum(static replica => (long)replica.Ongoing));
    }

    public string Application { get; }

    public string Deployment { get; }

    /// <summary>What is counted here.</summary>
    public RouterMeter Meter { get; }

    /// <summary>The requests that wait for a slot now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public ReplicaSet Replicas => _set;

    /// <summary>Takes a slot, waiting for one if need be.</summary>
    /// <param name="avoid">Replicas that already refused this request, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BackPressureException">All slots are taken and the queue is full.</exception>
    /// <exception cref="DeploymentUnavailableException">No replica is there and none is expected.</exception>
    public ValueTask<ReplicaLease> AcquireAsync(IReadOnlyCollection<ReplicaEntry>? avoid, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Meter.OnRequest();
        var set = _set;
        if (Volatile.Read(ref _waiting) == 0 && TryPick(set, avoid) is { } replica)
            return ValueTask.FromResult(new ReplicaLease(this, replica));
        return set.UnavailableReason is { } reason ? throw Unavailable(reason) : Meter.ObserveWaitAsync(WaitAsync(cancellationToken));
    }

    /// <summary>Puts a new set of replicas in force.</summary>
    public void Update(ReplicaSet set)
    {
        _set = set;
        if (set.UnavailableReason is { } reason)
            FailWaiters(reason);
        else
            ServeWaiters();
    }

    /// <summary>Gives a slot back.</summary>
    internal void Release(ReplicaEntry replica)
    {
        replica.Exit();
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
                ServeWaiters();
                timer?.Dispose();
            },
            state: null,
            DownTime,
            Timeout.InfiniteTimeSpan);
    }

    private async ValueTask<ReplicaLease> WaitAsync(CancellationToken cancellationToken)
    {
        var waiter = new Waiter();
        var node = new LinkedListNode<Waiter>(waiter);
        lock (_queueLock)
        {
            var set = _set;
            if (set.UnavailableReason is { } reason)
                throw Unavailable(reason);
            if (set.MaxQueuedRequests >= 0 && _queue.Count >= set.MaxQueuedRequests)
                throw new BackPressureException(
                    $"Deployment '{Deployment}' of application '{Application}' has {set.Replicas.Length} replicas with {set.MaxOngoingRequests} requests each "
                    + $"and {_queue.Count} requests waiting (max_queued_requests); try again later, or raise num_replicas, max_ongoing_requests or max_queued_requests.");
            _queue.AddLast(node);
            Volatile.Write(ref _waiting, _queue.Count);
        }

        // A slot may have been given back between the failed attempt and the entry in the queue; from here on Release sees us waiting.
        Interlocked.MemoryBarrier();
        ServeWaiters();
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        try
        {
            return new ReplicaLease(this, await waiter.Task);
        }
        finally
        {
            Leave(node);
        }
    }

    private void Leave(LinkedListNode<Waiter> node)
    {
        lock (_queueLock)
        {
            if (node.List is null)
                return;
            _queue.Remove(node);
            Volatile.Write(ref _waiting, _queue.Count);
        }
    }

    private void ServeWaiters()
    {
        lock (_queueLock)
        {
            while (_queue.First is { } head && TryPick(_set, avoid: null) is { } replica)
            {
                _queue.RemoveFirst();
                Volatile.Write(ref _waiting, _queue.Count);
                if (!head.Value.TrySetResult(replica))
                    replica.Exit();
            }
        }
    }

    private void FailWaiters(string reason)
    {
        lock (_queueLock)
        {
            foreach (var waiter in _queue)
                waiter.TrySetException(Unavailable(reason));
            _queue.Clear();
            Volatile.Write(ref _waiting, 0);
        }
    }

    private ReplicaEntry? TryPick(ReplicaSet set, IReadOnlyCollection<ReplicaEntry>? avoid) =>
        ReplicaPicker.Pick(set.Replicas, set.MaxOngoingRequests, NextRandom(), avoid);

    /// <summary>SplitMix64 over a shared counter (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    private ulong NextRandom()
    {
        var z = Interlocked.Add(ref _sequence, 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private DeploymentUnavailableException Unavailable(string reason) =>
        new($"Deployment '{Deployment}' of application '{Application}' is not available: {reason}");

    private sealed class Waiter() : TaskCompletionSource<ReplicaEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The replicas of a deployment at one moment, with the limits that apply. Immutable.</summary>
internal sealed record ReplicaSet(ReplicaEntry[] Replicas, int MaxOngoingRequests, int MaxQueuedRequests, string? UnavailableReason)
{
    /// <summary>Before anything is known: requests wait.</summary>
    public static readonly ReplicaSet Empty = new([], 1, -1, UnavailableReason: null);
}

/// <summary>A slot on a replica. Dispose it exactly once.</summary>
internal readonly struct ReplicaLease(DeploymentRouter router, ReplicaEntry replica) : IDisposable
{
    public ReplicaEntry Replica
    {
        get
        {
            Debug.Assert(replica is not null, "A lease comes from AcquireAsync.");
            return replica;
        }
    }

    public void MarkDown() => router.MarkDown(replica);

    public void Dispose() => router.Release(replica);
}
