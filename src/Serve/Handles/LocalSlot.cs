using Serve.Embedded;
using Serve.Replica;
using Serve.Routing;

namespace Serve.Handles;

/// <summary>A place on a replica in this process, taken by one call.</summary>
internal sealed class LocalSlot(ReplicaLease lease, LocalReplica replica) : IDisposable
{
    private int _isGivenBack;

    public object Target => replica.Instance.Target;

    /// <summary>What the object belongs to.</summary>
    public ReplicaScope Scope => replica.Instance.Scope;

    public string Deployment => replica.Instance.Type.Name;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) != 0)
            return;
        replica.Leave();
        lease.Dispose();
    }
}
