using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Serve.Batching;

namespace Serve;

/// <summary>Puts single items into batches.</summary>
public static class Batcher
{
    private const string This = "this.";

    private static readonly ConditionalWeakTable<object, ConcurrentDictionary<Key, object>> Queues = new();

    /// <summary>
    /// Adds an item to the next batch of a deployment's method that has a <see cref="BatchAttribute"/>, and waits for the item's own result:
    /// <code>public Task&lt;Line&gt; ReadAsync(Strip strip, CancellationToken cancellationToken) => Batcher.RunAsync(ReadManyAsync, strip, cancellationToken);</code>
    /// </summary>
    /// <typeparam name="TItem">What goes in.</typeparam>
    /// <typeparam name="TResult">What comes out for each item.</typeparam>
    /// <param name="method">The method, by its name: not a lambda. Each object has its own queue for it.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Takes the item out, as long as its batch has not started; a batch is cancelled when all its items are.</param>
    /// <param name="methodName">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The method has no <see cref="BatchAttribute"/>, or returned another number of results than it got items.</exception>
    public static Task<TResult> RunAsync<TItem, TResult>(
        Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> method,
        TItem item,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(method))] string methodName = "")
    {
        ArgumentNullException.ThrowIfNull(method);
        var deployment = method.Target ?? throw new InvalidOperationException($"The method {methodName} is static; a batch belongs to an object.");
        var queues = Queues.GetOrCreateValue(deployment);
        var key = new Key(methodName.StartsWith(This, StringComparison.Ordinal) ? methodName[This.Length..] : methodName, typeof(TItem), typeof(TResult));
        var queue = queues.GetOrAdd(key, static (_, method) => Create(method), method);
        return ((BatchQueue<TItem, TResult>)queue).RunAsync(item, cancellationToken);
    }

    private static BatchQueue<TItem, TResult> Create<TItem, TResult>(Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> method)
    {
        var options = method.Method.GetCustomAttribute<BatchAttribute>() ?? throw new InvalidOperationException(IsWrittenByTheCompiler(method.Method)
            ? "A lambda or local function can't be batched; pass the method that has the [Batch] attribute by its name."
            : $"The method {method.Method.DeclaringType?.Name}.{method.Method.Name} has no [Batch] attribute.");
        return new BatchQueue<TItem, TResult>(method, options, TimeProvider.System);
    }

    private static bool IsWrittenByTheCompiler(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.DeclaringType?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;

    /// <summary>Names the method cheaply: a call's delegate is new each time, and to ask it for its method takes longer than all the rest.</summary>
    private readonly record struct Key(string Method, Type Item, Type Result);
}
