using Serve.Routing;
using Serve.Wire.Hop;

namespace Serve.Wire;

/// <summary>A replica in another process, reached over its unix socket.</summary>
internal sealed class RemoteReplica : ReplicaEntry, IHopClientEvents
{
    public RemoteReplica(ReplicaRoute route)
        : base(route.Id)
    {
        Hop = new HopClient(route.Address, this);
    }

    /// <summary>Opens streams to the replica.</summary>
    public HopClient Hop { get; }

    // What the replica had noted of the connection, the wish to hear of free slots above all, is gone with it.
    void IHopClientEvents.OnLost() => OnFree();

    protected override void Close()
    {
        _ = Hop.DisposeAsync().AsTask();
    }
}
