using Serve.Multiplexing;

namespace Serve;

/// <summary>The use of a model: until this is disposed the model stays. Dispose it as soon as the model has done its work; others may wait for its place.</summary>
/// <typeparam name="TModel">What the loading method returns.</typeparam>
public sealed class ModelLease<TModel> : IDisposable
{
    private readonly ModelEntry<TModel> _entry;
    private ModelCache<TModel>? _cache;

    internal ModelLease(ModelCache<TModel> cache, ModelEntry<TModel> entry)
    {
        _cache = cache;
        _entry = entry;
    }

    /// <summary>The model's id.</summary>
    public string ModelId => _entry.Id;

    /// <summary>The model.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed: the model may be gone.</exception>
    public TModel Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _cache) is null, this);
            return _entry.Model!;
        }
    }

    /// <summary>Ends the use.</summary>
    public void Dispose() => Interlocked.Exchange(ref _cache, null)?.Release(_entry);
}
