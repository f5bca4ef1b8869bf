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
        new ReplicaPickCase(),
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
