using System.Diagnostics;

namespace Serve.Routing;

/// <summary>A slot on a replica. Dispose it exactly once, when the request is over.</summary>
internal readonly struct ReplicaLease : IDisposable
{
    private readonly DeploymentRouter _router;
    private readonly ReplicaEntry _replica;
    private readonly int _timesFreed;

    public ReplicaLease(DeploymentRouter router, ReplicaEntry replica, long arrived, int timesFreed)
    {
        _router = router;
        _replica = replica;
        _timesFreed = timesFreed;
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

    /// <summary>Nobody listens at the replica's address: it is left alone for a moment.</summary>
    public void MarkDown() => _router.MarkDown(_replica);

    /// <summary>
    /// The replica refused the request because it is full: it is left alone until it says that it has room. Where it said so after this
    /// lease was given, the refusal may be the older word, and nothing is marked.
    /// </summary>
    public void MarkFull() => _replica.MarkFull(_timesFreed);

    public void Dispose() => _router.Release(_replica);
}
