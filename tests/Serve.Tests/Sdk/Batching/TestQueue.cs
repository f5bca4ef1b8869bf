using Microsoft.Extensions.Logging.Abstractions;
using Serve.Batching;
using Serve.Replica;

namespace Serve.Tests.Sdk.Batching;

/// <summary>Queues without an attribute on the method: each test says what it needs.</summary>
internal static class TestQueue
{
    public static BatchQueue<TItem> Create<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> method, BatchAttribute options, TimeProvider? clock = null) =>
        Create(method, options, name => new UnaryMethod<TItem, TResult, TResult>(name, method, BatchResult<TResult>.Of), clock);

    public static BatchQueue<TItem> Create<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, IAsyncEnumerable<IReadOnlyList<BatchStep<TResult>>>> method, BatchAttribute options, TimeProvider? clock = null) =>
        Create(method, options, name => new StreamMethod<TItem, TResult, BatchStep<TResult>>(name, method, static step => step), clock);

    public static ReplicaScope Scope(TimeProvider? clock = null) =>
        ReplicaScope.For(new ReplicaContext("app", "Batched", "app#Batched#0-0", IsEmbedded: true), clock ?? TimeProvider.System, NullLoggerFactory.Instance);

    private static BatchQueue<TItem> Create<TItem>(Delegate method, BatchAttribute options, Func<string, BatchMethod<TItem>> make, TimeProvider? clock)
    {
        var settings = new BatchSettings(BatchDeclaration.Of(method.Method, options));
        return new BatchQueue<TItem>(method.Target!, settings, make(settings.Declaration.Name), Scope(clock));
    }
}
