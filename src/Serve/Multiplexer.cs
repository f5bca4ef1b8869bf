using System.Runtime.CompilerServices;
using Serve.Multiplexing;

namespace Serve;

/// <summary>Shares a replica among many models, of which it keeps some loaded.</summary>
public static class Multiplexer
{
    /// <summary>
    /// Gets the model that the current request names (<see cref="ServeRequest.ModelId"/>), loading it where need be:
    /// <code>using var lease = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
    /// return lease.Model.Answer(question);</code>
    /// </summary>
    /// <typeparam name="TModel">What the loading method returns.</typeparam>
    /// <param name="load">The method with the <see cref="MultiplexedAttribute"/>, by its name: not a lambda.</param>
    /// <param name="cancellationToken">Ends the wait. The loading goes on as long as others wait for it.</param>
    /// <param name="loadName">Filled in by the compiler.</param>
    /// <exception cref="ServeException">The request names no model, or one that is too large for the memory budget.</exception>
    /// <exception cref="InvalidOperationException">The method has no <see cref="MultiplexedAttribute"/>.</exception>
    public static ValueTask<ModelLease<TModel>> GetAsync<TModel>(
        Func<string, CancellationToken, Task<TModel>> load,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(load))] string loadName = "") => GetAsync(
            load,
            ServeRequest.ModelId ?? throw new ServeException(
                ServeError.BadRequest, $"The request names no model; set the header {Wire.ModelIdHeader.Http}, with gRPC the metadata {Wire.ModelIdHeader.Grpc}, or the model id of the handle's options."),
            cancellationToken,
            loadName);

    /// <summary>
    /// Gets the model of that id, loading it where need be. A failed load fails all who wait for it, and is tried again for the next. When all places are taken
    /// the model used least recently goes, as soon as nobody uses it; so a request must not wait for one model while it holds another.
    /// </summary>
    /// <typeparam name="TModel">What the loading method returns.</typeparam>
    /// <param name="load">The method with the <see cref="MultiplexedAttribute"/>, by its name: not a lambda. Each object has its own models for it.</param>
    /// <param name="modelId">The model's id, at most 256 characters.</param>
    /// <param name="cancellationToken">Ends the wait. The loading goes on as long as others wait for it.</param>
    /// <param name="loadName">Filled in by the compiler.</param>
    /// <exception cref="ServeException">The model is too large for the memory budget, or the id is too long.</exception>
    /// <exception cref="InvalidOperationException">The method has no <see cref="MultiplexedAttribute"/>.</exception>
    public static ValueTask<ModelLease<TModel>> GetAsync<TModel>(
        Func<string, CancellationToken, Task<TModel>> load,
        string modelId,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(load))] string loadName = "")
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        return MultiplexedObject.CacheOf(load, loadName).GetAsync(modelId, cancellationToken);
    }
}
