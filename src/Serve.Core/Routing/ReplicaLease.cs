using System.Diagnostics;

namespace Serve.Routing;

/// <summary>A slot on a replica. Dispose it exactly once, when the request is over.</summary>
internal readonly struct ReplicaLease : IDisposable
{
    private readonly DeploymentRouter _router;
    private readonly ReplicaEntry _replica;
    private readonly long _started;
    private readonly int _timesFreed;
    private readonly bool _isOfSession;

    public ReplicaLease(DeploymentRouter router, ReplicaEntry replica, long arrived, long started, bool isOfSession)
    {
        _router = router;
        _replica = replica;
        _started = started;
        _timesFreed = replica.TimesFreed;
        _isOfSession = isOfSession;
        Arrived = arrived;
    }

    public ReplicaEntry Replica
    {
        get
        {
            Debug.Assert(_replica is not null, "A lease comes from AcquireAsync.");
            return _replica;
        }
    }

    /// <summary>When the request came to the router, by its clock.</summary>
    public long Arrived { get; }

    /// <summary>
    /// The replica's answer has begun, and is none of its own failing. Say it once, at the head of the answer: how long a stream then takes
    /// is no sign of health.
    /// </summary>
    public void RecordAnswer() => _router.OnAnswer(_replica, Arrived, _started);

    /// <summary>
    /// The replica failed: it was lost, did not answer before the request's deadline, or answered with a failure of the server's (500, or gRPC's
    /// INTERNAL and UNAVAILABLE). Not for refusals, nor where the client gave up.
    /// </summary>
    public void RecordFailure() => _router.OnFailure(_replica);

    /// <summary>Nobody listens at the replica's address: it is left alone for a moment.</summary>
    public void MarkDown() => _router.MarkDown(_replica);

    /// <summary>
    /// The replica refused the request because it is full: it is left alone until it says that it has room. Where it said so after this
    /// lease was given, the refusal may be the older word, and nothing is marked.
    /// </summary>
    public void MarkFull() => _replica.MarkFull(_timesFreed);

    public void Dispose() => _router.Release(_replica, _isOfSession);
}
