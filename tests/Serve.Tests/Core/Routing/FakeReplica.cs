using Serve.Routing;

namespace Serve.Tests.Core.Routing;

/// <summary>A replica without a process, that remembers whether its connections were closed.</summary>
internal sealed class FakeReplica(string id) : ReplicaEntry(id)
{
    public bool IsClosed { get; private set; }

    protected override void Close() => IsClosed = true;
}
