using Serve.Routing;

namespace Serve.Tests.Core.Routing;

/// <summary>A replica without a process, that remembers whether its connections were closed.</summary>
internal sealed class FakeReplica(string id) : ReplicaEntry(id)
{
    private int _timesClosed;

    public bool IsClosed => TimesClosed > 0;

    public int TimesClosed => Volatile.Read(ref _timesClosed);

    protected override void Close() => Interlocked.Increment(ref _timesClosed);
}
