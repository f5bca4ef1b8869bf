using Serve.Routing;
using Serve.Wire.Hop;

namespace Serve.Wire;

/// <summary>A replica in another process, reached by the hop.</summary>
internal sealed class HopReplica : ReplicaEntry, IHopClientEvents
{
    public HopReplica(ReplicaRoute route)
        : base(route.Id)
    {
        Client = new HopClient(route.Address, this);
    }

    public HopClient Client { get; }

    void IHopClientEvents.OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
        try
        {
            OnNotice(kind, blob);
        }
        catch (FormatException)
        {
            // What can't be read says nothing; the routes go on without.
        }
    }

    /// <summary>The replica's wish to be told of room may have gone with the connection: ask again.</summary>
    void IHopClientEvents.OnLost() => OnFree();

    protected override void Close() => _ = Client.DisposeAsync().AsTask();
}
