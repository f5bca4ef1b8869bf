using System.Runtime.CompilerServices;
using Serve.Batching;
using Serve.Replica;

namespace Serve;

/// <summary>Puts single items into batches.</summary>
public static class Batcher
{
    /// <summary>
    /// Adds an item to the next batch of a deployment's method that has a <see cref="BatchAttribute"/>, and waits for the item's own result:
    /// <code>public Task&lt;Line&gt; ReadAsync(Strip strip, CancellationToken cancellationToken) => Batcher.RunAsync(ReadManyAsync, strip, cancellationToken);</code>
    /// </summary>
    /// <typeparam name="TItem">What goes in.</typeparam>
    /// <typeparam name="TResult">What comes out for each item.</typeparam>
    /// <param name="method">The method, by its name: not a lambda. Each object has its own queue for it.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Takes the item out, as long as its batch has not started; a batch is cancelled when all its items are. The end of the request does so too.</param>
    /// <param name="methodName">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or returned another number of results than it got items.</exception>
    public static Task<TResult> RunAsync<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> method,
        TItem item,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(method))] string methodName = "")
    {
        ArgumentNullException.ThrowIfNull(method);
        var queue = BatchedObject.Of(method, methodName).QueueOf(
            method, methodName, typeof(TResult), static (name, method) => new UnaryMethod<TItem, TResult, TResult>(name, method, BatchResult<TResult>.Of));
        return BatchCalls.RunAsync<TItem, TResult>(queue, item, cancellationToken);
    }

    /// <summary>As the other, for a method that says of each item whether it failed: that item's caller gets the exception, the others their results.</summary>
    /// <typeparam name="TItem">What goes in.</typeparam>
    /// <typeparam name="TResult">What comes out for each item.</typeparam>
    /// <param name="method">The method, by its name: not a lambda. Each object has its own queue for it.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Takes the item out, as long as its batch has not started; a batch is cancelled when all its items are. The end of the request does so too.</param>
    /// <param name="methodName">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or returned another number of results than it got items.</exception>
    public static Task<TResult> RunAsync<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<BatchResult<TResult>>>> method,
        TItem item,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(method))] string methodName = "")
    {
        ArgumentNullException.ThrowIfNull(method);
        var queue = BatchedObject.Of(method, methodName).QueueOf(
            method, methodName, typeof(BatchResult<TResult>), static (name, method) => new UnaryMethod<TItem, TResult, BatchResult<TResult>>(name, method, static result => result));
        return BatchCalls.RunAsync<TItem, TResult>(queue, item, cancellationToken);
    }

    /// <summary>
    /// Adds an item to the next batch of a streaming method that has a <see cref="BatchAttribute"/>, and gives the item's own results as they come. The batch
    /// goes on for as long as one of its callers reads; one that reads slowly holds it up once it is 16 results behind.
    /// <code>public IAsyncEnumerable&lt;string&gt; WriteAsync(Prompt prompt, CancellationToken cancellationToken) => Batcher.StreamAsync(WriteManyAsync, prompt, cancellationToken);</code>
    /// </summary>
    /// <typeparam name="TItem">What goes in.</typeparam>
    /// <typeparam name="TResult">What comes out for each item in each step.</typeparam>
    /// <param name="method">The method, by its name: not a lambda. Each object has its own queue for it.</param>
    /// <param name="item">The item. It gets in line when the reading begins.</param>
    /// <param name="cancellationToken">Takes the item out. Its caller's ceasing to read, and the end of the request, do so too.</param>
    /// <param name="methodName">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or yielded another number of results than it got items.</exception>
    public static IAsyncEnumerable<TResult> StreamAsync<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, IAsyncEnumerable<IReadOnlyList<TResult>>> method,
        TItem item,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(method))] string methodName = "")
    {
        ArgumentNullException.ThrowIfNull(method);
        var queue = BatchedObject.Of(method, methodName).QueueOf(
            method, methodName, typeof(IAsyncEnumerable<TResult>), static (name, method) => new StreamMethod<TItem, TResult, TResult>(name, method, BatchStep<TResult>.Of));
        return BatchCalls.StreamAsync<TItem, TResult>(queue, item, cancellationToken);
    }

    /// <summary>As the other, for a method that says in each step and for each caller whether there is a value, nothing, the end or a failure.</summary>
    /// <typeparam name="TItem">What goes in.</typeparam>
    /// <typeparam name="TResult">What comes out for each item in each step.</typeparam>
    /// <param name="method">The method, by its name: not a lambda. Each object has its own queue for it.</param>
    /// <param name="item">The item. It gets in line when the reading begins.</param>
    /// <param name="cancellationToken">Takes the item out. Its caller's ceasing to read, and the end of the request, do so too.</param>
    /// <param name="methodName">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or yielded another number of results than it got items.</exception>
    public static IAsyncEnumerable<TResult> StreamAsync<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, IAsyncEnumerable<IReadOnlyList<BatchStep<TResult>>>> method,
        TItem item,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(method))] string methodName = "")
    {
        ArgumentNullException.ThrowIfNull(method);
        var queue = BatchedObject.Of(method, methodName).QueueOf(
            method, methodName, typeof(IAsyncEnumerable<BatchStep<TResult>>), static (name, method) => new StreamMethod<TItem, TResult, BatchStep<TResult>>(name, method, static step => step));
        return BatchCalls.StreamAsync<TItem, TResult>(queue, item, cancellationToken);
    }

    /// <summary>
    /// Changes the settings of an object's batched method, from <see cref="IReconfigure{TUserConfig}.ReconfigureAsync"/> for instance. What waits goes by the new ones at once:
    /// <code>Batcher.Configure(ReadManyAsync, options => options with { MaxBatchSize = config.BatchSize });</code>
    /// </summary>
    /// <param name="method">The method, by its name.</param>
    /// <param name="change">Gets the settings in force and returns the new ones.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or a setting is out of its range; nothing has changed then.</exception>
    public static void Configure(Delegate method, Func<BatchOptions, BatchOptions> change)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(change);
        SettingsOf(method).Change(change);
    }

    /// <summary>How busy an object's batched method is.</summary>
    /// <param name="method">The method, by its name.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>.</exception>
    public static BatchStatus StatusOf(Delegate method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var settings = SettingsOf(method);
        var status = new BatchStatus(settings.Queue?.Waiting ?? 0, settings.Queue?.Running ?? 0, settings.Options);
        return settings.Queue is { } queue ? status with { Started = queue.Started } : status;
    }

    /// <summary>Says for whom an object works that is part of a deployment. Before its first item: afterwards it is too late.</summary>
    /// <param name="target">The object that has the batched methods.</param>
    /// <param name="owner">For whom it works.</param>
    public static void Attach(object target, BatchOwner owner)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(owner);
        ReplicaScope.ForPart(owner).Attach(target);
    }

    /// <summary>Inside a batched method: whether nobody waits for an item's results any more, so that it can be left out of what still has to be done.</summary>
    /// <param name="index">The item's place in the batch.</param>
    /// <exception cref="InvalidOperationException">No batch runs here.</exception>
    public static bool HasLeft(int index)
    {
        var callers = RequestContext.Current?.Callers ?? throw new InvalidOperationException("Batcher.HasLeft is for the code of a batched method; no batch runs here.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, callers.Count);
        return callers.HasLeft(index);
    }

    private static BatchSettings SettingsOf(Delegate method) => BatchedObject.Of(method, method.Method.Name).SettingsOf(method.Method);
}
