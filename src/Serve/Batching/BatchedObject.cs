using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Batching;

/// <summary>The queues of one object's batched methods. They live as long as the object.</summary>
internal sealed class BatchedObject(object target)
{
    private static readonly ConditionalWeakTable<object, BatchedObject> Objects = new();

    private readonly ConcurrentDictionary<Key, IBatchQueue> _queues = new();
    private readonly ConcurrentDictionary<MethodInfo, BatchSettings> _settings = new();
    private readonly Lock _createLock = new();

    /// <exception cref="InvalidOperationException">The method is static.</exception>
    public static BatchedObject Of(Delegate method, string name) => method.Target is { } target
        ? Objects.GetValue(target, static target => new BatchedObject(target))
        : throw new InvalidOperationException($"The method {name} is static; a batch belongs to an object.");

    /// <summary>The settings in force of an object's method, if anything has used or changed them yet.</summary>
    public static BatchSettings? FindSettings(object target, MethodInfo method) =>
        Objects.TryGetValue(target, out var known) ? known._settings.GetValueOrDefault(method) : null;

    /// <exception cref="InvalidOperationException">The method can't be batched.</exception>
    public BatchSettings SettingsOf(MethodInfo method) => _settings.GetOrAdd(method, static method => new BatchSettings(BatchDeclaration.Of(method)));

    /// <summary>The queue of a method.</summary>
    /// <param name="method">The method, to make the queue where there is none.</param>
    /// <param name="name">How the caller writes it. To ask a delegate for its method takes longer than all the rest.</param>
    /// <param name="returned">The type of what it returns.</param>
    /// <param name="make">Makes what calls the method.</param>
    /// <exception cref="InvalidOperationException">The method can't be batched.</exception>
    public BatchQueue<TItem> QueueOf<TItem, TMethod>(TMethod method, string name, Type returned, Func<string, TMethod, BatchMethod<TItem>> make)
        where TMethod : Delegate
    {
        var key = new Key(name[(name.LastIndexOf('.') + 1)..], typeof(TItem), returned);
        return (BatchQueue<TItem>)(_queues.TryGetValue(key, out var queue) ? queue : Create(key, method, make));
    }

    /// <summary>One at a time: two queues for one method would be two lines.</summary>
    private IBatchQueue Create<TItem, TMethod>(Key key, TMethod method, Func<string, TMethod, BatchMethod<TItem>> make)
        where TMethod : Delegate
    {
        lock (_createLock)
        {
            if (_queues.TryGetValue(key, out var queue))
                return queue;
            var settings = SettingsOf(method.Method);
            return _queues[key] = new BatchQueue<TItem>(target, settings, make(settings.Declaration.Name, method), ReplicaScope.Of(target));
        }
    }

    private readonly record struct Key(string Method, Type Item, Type Returned);
}
