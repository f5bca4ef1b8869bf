using Serve.Routing;

namespace Serve.Benchmarks;

/// <summary>One thing whose cost we watch: nanoseconds with BenchmarkDotNet, bytes against <c>budgets.json</c>.</summary>
internal abstract class WatchedCase : IAsyncDisposable
{
    /// <summary>Its name in the budgets.</summary>
    public abstract string Name { get; }

    /// <summary>Whether its bytes are the same in a debug build, where async methods allocate more.</summary>
    public virtual bool IsSynchronous => false;

    public virtual Task PrepareAsync() => Task.CompletedTask;

    public abstract ValueTask RunAsync();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static IReadOnlyList<WatchedCase> All() =>
    [
        new RouteMatchCase(),
        new ReplicaPickCase("pick of 2", replicas: 2),
        new ReplicaPickCase("pick of 100", replicas: 100),
        new ReplicaPickCase("pick of 10000", replicas: 10_000),
        new ReplicaPickCase("pick, most full", replicas: 10_000, full: 9_990),
        new ReplicaPickCase("pick by model", replicas: 100) { Request = new PickRequest { ModelId = "m" } },
        new ReplicaPickCase("pick by session", replicas: 100) { Request = new PickRequest { SessionId = "s" } },
        new RouterSlotCase(),
        new PayloadCase("payload 256 B", 64),
        new PayloadCase("payload 64 KB", 16 * 1024),
        new PlainServerCase(),
        new TextServerCase(),
        new JsonServerCase(),
        new LocalCallCase(),
        new RemoteCallCase("remote call 256 B", 64),
        new RemoteCallCase("remote call 64 KB", 16 * 1024),
        new RemoteStreamCase(),
    ];

    public sealed override string ToString() => Name;
}
