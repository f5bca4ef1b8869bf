using System.Threading.Channels;

namespace Serve.Server.Store.Embedded;

/// <summary>One watch: the changes that it has not read yet.</summary>
/// <param name="prefix">The keys that it is about.</param>
/// <param name="fromRevision">The first revision that it wants.</param>
/// <param name="capacity">How many changes may wait. A reader that falls further behind must read everything again.</param>
internal sealed class StoreWatcher(string prefix, long fromRevision, int capacity)
{
    private volatile bool _isClosed;

    public Channel<StoreEvent> Events { get; } = Channel.CreateBounded<StoreEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });

    public long FromRevision => fromRevision;

    /// <summary>Whether nobody reads any more, or the reader fell too far behind. The store's loop drops the watch when it next looks.</summary>
    public bool IsClosed => _isClosed;

    public void Offer(StoreEvent change)
    {
        if (change.Revision < fromRevision || !change.Key.StartsWith(prefix, StringComparison.Ordinal) || Events.Writer.TryWrite(change))
            return;
        Events.Writer.TryComplete(new StoreCompactedException(change.Revision, change.Revision + 1));
        Close();
    }

    public void Close() => _isClosed = true;
}
