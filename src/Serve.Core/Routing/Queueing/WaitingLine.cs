namespace Serve.Routing.Queueing;

/// <summary>
/// The requests of a router that wait for a slot. It is bounded: over the bound a newcomer is refused at once, or takes the place of a less
/// urgent one. A request with a deadline is refused at once too if the queue moves so slowly that it would hardly be answered in time, and
/// it is not started when less time is left than half of the answers take: slots that go to requests which fail anyway are what makes an
/// overloaded server collapse (Maurer, "Fail at Scale", 2015; Zhou et al., "Overload Control for Scaling WeChat Microservices", 2018).
/// </summary>
internal sealed class WaitingLine
{
    /// <summary>After how long a waiting request counts as one level more urgent.</summary>
    private static readonly TimeSpan RiseTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a request waits for a replica that holds its model while others behind it can use the slots.</summary>
    private static readonly TimeSpan ModelPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PaceWindow = TimeSpan.FromSeconds(0.1);

    /// <summary>How many requests are looked at to find one that can use a slot better than the first.</summary>
    private const int LookAhead = 16;

    /// <summary>Which share of the answers shall be in time where a request is let in to wait. A lesser one would let the queue grow until most are late.</summary>
    private const double InTime = 0.99;

    /// <summary>Which part of the time that may be waited is used: the pace is a guess, and a shorter queue is served as fast.</summary>
    private const double Caution = 0.8;

    private readonly DeploymentRouter _router;
    private readonly ReplicaPicker _picker;
    private readonly AnswerTimes _answers;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly RequestQueue _queue;
    private readonly QueuePace _pace;
    private readonly long _modelPatience;
    private readonly long _paceWindow;
    private long _typicalAnswer;
    private long _longAnswer;
    private long _answersKnownUntil;
    private int _count;
    private int _most;

    public WaitingLine(DeploymentRouter router, ReplicaPicker picker, AnswerTimes answers, TimeProvider timeProvider)
    {
        _router = router;
        _picker = picker;
        _answers = answers;
        _timeProvider = timeProvider;
        _queue = new RequestQueue(timeProvider.TicksOf(RiseTime));
        _paceWindow = timeProvider.TicksOf(PaceWindow);
        _pace = new QueuePace(_paceWindow);
        _modelPatience = timeProvider.TicksOf(ModelPatience);
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Waits for a slot.</summary>
    public async ValueTask<ReplicaLease> WaitAsync(WaitingRequest request, long now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Admit(request, now);
            _queue.Add(request);
            Volatile.Write(ref _count, _queue.Count);
            _most = Math.Max(_most, _queue.Count);
        }

        // A slot may have been given back between the failed attempt and the entry in the queue; from here on Release sees us waiting.
        Interlocked.MemoryBarrier();
        Serve();
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

    /// <summary>The most that have waited at the same time since somebody asked last.</summary>
    public int TakeMost() => Interlocked.Exchange(ref _most, Count);

    public void ServeIfAnyWaits()
    {
        if (Count > 0)
            Serve();
    }

    /// <summary>Gives slots to those who wait, as far as there are any.</summary>
    public void Serve()
    {
        lock (_lock)
        {
            var now = _timeProvider.GetTimestamp();
            while (_queue.TryPeek(now, out var first))
            {
                if (IsTooLateToStart(first.Request, now))
                {
                    _queue.Remove(first);
                    first.TrySetException(QueueIsTooSlow(first, now));
                    continue;
                }

                var next = WhoCanUseASlotBest(first, now);
                if (_router.TryLease(next.Request, next.Arrived, now) is not { } lease)
                    break;
                _queue.Serve(next, now);
                _pace.OnServed(now);
                if (!next.TrySetResult(lease))
                    _router.Drop(lease.Replica, next.Request.IsOfSession);
            }

            Volatile.Write(ref _count, _queue.Count);
            if (_queue.Count == 0)
                _pace.OnEmpty();
        }
    }

    /// <summary>No replica is there and none is expected: all who wait are told so.</summary>
    public void Fail()
    {
        lock (_lock)
        {
            foreach (var request in _queue.Clear())
                request.TrySetException(Unavailable(_router.Replicas.UnavailableReason ?? "its replicas are gone."));
            Volatile.Write(ref _count, 0);
        }
    }

    /// <summary>Refuses a request that may not wait.</summary>
    private void Admit(WaitingRequest request, long now)
    {
        var set = _router.Replicas;
        if (set.UnavailableReason is { } reason)
            throw Unavailable(reason);
        // A request that came back was let in already.
        if (request.CameBack)
            return;
        var priority = request.Request.Priority;
        if (IsTooLateToWait(request.Request, _pace.WaitBehind(_queue.CountUpTo(priority), now), now))
            throw QueueIsTooSlow(request, now);
        if (set.MaxQueuedRequests < 0 || _queue.Count < set.MaxQueuedRequests)
            return;
        if (_queue.LessUrgentThan(priority, now) is not { } other)
            throw QueueIsFull(now);
        _queue.Remove(other);
        other.TrySetException(QueueIsFull(now));
    }

    /// <summary>
    /// The first in line, unless it asks for a model whose holders are all busy and has not waited long: then one of the next that needs no
    /// other model than the replicas with room hold. Otherwise a busy deployment would do little but load models.
    /// </summary>
    private WaitingRequest WhoCanUseASlotBest(WaitingRequest first, long now)
    {
        if (now - first.Arrived > _modelPatience || _picker.HasHolderWithRoom(first.Request))
            return first;
        var node = first.Node;
        for (var i = 0; i < LookAhead && node?.Next is { } next; i++)
        {
            if (_picker.HasHolderWithRoom(next.Value.Request))
                return next.Value;
            node = next;
        }

        return first;
    }

    private bool IsTooLateToStart(in PickRequest request, long now)
    {
        if (request.Deadline is not { } deadline)
            return false;
        RefreshAnswers(now);
        return now + _typicalAnswer > deadline;
    }

    private bool IsTooLateToWait(in PickRequest request, long wait, long now)
    {
        if (request.Deadline is not { } deadline || wait == 0)
            return false;
        RefreshAnswers(now);
        // Where a few answers take very long, they are no measure for all: half of the time may be waited in any case.
        return wait > Caution * Math.Max(deadline - now - _longAnswer, (deadline - now) / 2);
    }

    private void RefreshAnswers(long now)
    {
        if (now < _answersKnownUntil)
            return;
        _answersKnownUntil = now + _paceWindow;
        _typicalAnswer = _answers.Quantile(0.5, now) ?? 0;
        _longAnswer = _answers.Quantile(InTime, now) ?? 0;
    }

    private void Leave(WaitingRequest request)
    {
        lock (_lock)
        {
            if (!_queue.Remove(request))
                return;
            Volatile.Write(ref _count, _queue.Count);
            if (_queue.Count == 0)
                _pace.OnEmpty();
        }
    }

    private BackPressureException QueueIsFull(long now)
    {
        var set = _router.Replicas;
        return new BackPressureException(
            $"Deployment '{_router.Deployment}' of application '{_router.Application}' has {set.Replicas.Length} replicas with {set.MaxOngoingRequests} requests each "
            + $"and {_queue.Count} requests waiting (max_queued_requests); try again later, or raise num_replicas, max_ongoing_requests or max_queued_requests.")
        {
            RetryAfter = RetryAfter(now),
        };
    }

    private BackPressureException QueueIsTooSlow(WaitingRequest request, long now) =>
        new($"Deployment '{_router.Deployment}' of application '{_router.Application}' can't answer in the {SecondsOf(request.Request.Deadline!.Value - now):0.###} s that the request has left: "
            + $"{_queue.Count} requests wait. It was not started; try again later, give it more time, or raise num_replicas or max_ongoing_requests.")
        {
            RetryAfter = RetryAfter(now),
        };

    /// <summary>When the queue as it is now will have been served.</summary>
    private TimeSpan RetryAfter(long now) => TimeSpan.FromSeconds(Math.Clamp(SecondsOf(_pace.WaitBehind(_queue.Count, now)), 1, 60));

    private double SecondsOf(long ticks) => Math.Max(0, (double)ticks / _timeProvider.TimestampFrequency);

    private DeploymentUnavailableException Unavailable(string reason) =>
        new($"Deployment '{_router.Deployment}' of application '{_router.Application}' is not available: {reason}") { RetryAfter = _router.Replicas.RetryAfter };
}
