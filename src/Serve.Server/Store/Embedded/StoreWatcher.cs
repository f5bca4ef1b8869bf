using System.Threading.Channels;

namespace Serve.Server.Store.Embedded;

/// <summary>One watch: the changes that it has not read yet.</summary>
internal sealed class StoreWatcher(string prefix, long fromRevision)
{
    private volatile bool _isClosed;

    /// <summary>Unbounded: readers are parts of this process that take changes up at once, and a change must not get lost.</summary>
    public Channel<StoreEvent> Events { get; } = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true });

    public long FromRevision => fromRevision;

    /// <summary>Whether nobody reads any more. Set by the reader; the store's loop drops the watch when it next looks.</summary>
    public bool IsClosed => _isClosed;

    public void Offer(StoreEvent change)
    {
        if (change.Revision >= fromRevision && change.Key.StartsWith(prefix, StringComparison.Ordinal))
            Events.Writer.TryWrite(change);
    }

    public void Close() => _isClosed = true;
}
