using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Multiplexing;

/// <summary>The models of one object, for each of its methods that loads some. They live as long as the object, unless its replica stops before.</summary>
internal sealed class MultiplexedObject
{
    private static readonly ConditionalWeakTable<object, MultiplexedObject> Objects = new();

    private readonly ConcurrentDictionary<Key, IModelCache> _caches = new();
    private readonly Lock _createLock = new();

    /// <param name="load">The method.</param>
    /// <param name="name">How the caller writes it. To ask a delegate for its method takes longer than all the rest.</param>
    /// <exception cref="InvalidOperationException">The method does not load models.</exception>
    public static ModelCache<TModel> CacheOf<TModel>(Func<string, CancellationToken, Task<TModel>> load, string name)
    {
        var target = load.Target ?? throw new InvalidOperationException($"The method {name} is static; models belong to an object.");
        var known = Objects.GetOrCreateValue(target);
        var key = new Key(name[(name.LastIndexOf('.') + 1)..], typeof(TModel));
        return (ModelCache<TModel>)(known._caches.TryGetValue(key, out var cache) ? cache : known.Create(key, target, load));
    }

    /// <summary>One at a time: two caches for one method would hold twice as much.</summary>
    private IModelCache Create<TModel>(Key key, object target, Func<string, CancellationToken, Task<TModel>> load)
    {
        lock (_createLock)
        {
            return _caches.TryGetValue(key, out var cache)
                ? cache
                : _caches[key] = new ModelCache<TModel>(target, ModelDeclaration.Of(load.Method), load, ReplicaScope.Of(target));
        }
    }

    private readonly record struct Key(string Method, Type Model);
}
