namespace Serve.OpenInference;

/// <summary>
/// Models that are served by the Open Inference Protocol. A deployment implements it and maps the protocol's endpoints in <see cref="IIngress.Map"/>; any class may: the models need
/// not be files. All methods may be called at once by many requests.
/// </summary>
/// <remarks>
/// What can't be had is a <see cref="ServeException"/>: <see cref="ServeError.NoRoute"/> for an unknown model or version, <see cref="ServeError.Unavailable"/> for one that is not ready,
/// <see cref="ServeError.BadRequest"/> for wrong input. Its message is what the client reads.
/// </remarks>
public interface IInferenceServer
{
    /// <summary>What clients are told about the server.</summary>
    ServerDescription Server { get; }

    /// <summary>Loads and unloads models, or null where clients can't.</summary>
    IModelControl? Control => null;

    /// <summary>Whether requests for all models that are to be served can be answered, be it after a wait for a model that sleeps for want of requests.</summary>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken);

    /// <summary>Whether a model takes requests.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="version">Its version, or null for the one that a request without a version gets.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <exception cref="ServeException">There is no such model or version.</exception>
    ValueTask<bool> IsModelReadyAsync(string model, string? version, CancellationToken cancellationToken);

    /// <summary>The names of the models that take requests, each once.</summary>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    async ValueTask<IReadOnlyList<string>> GetModelNamesAsync(CancellationToken cancellationToken) =>
        [.. (await GetStatisticsAsync(model: null, version: null, cancellationToken)).Select(static model => model.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>What a model takes and gives.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="version">Its version, or null.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    ValueTask<ModelDescription> DescribeAsync(string model, string? version, CancellationToken cancellationToken);

    /// <summary>How a model is served.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="version">Its version, or null.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <returns>A ModelConfig as JSON, its fields named as in <c>config.pbtxt</c> (<c>max_batch_size</c>).</returns>
    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    ValueTask<System.Text.Json.Nodes.JsonObject> GetConfigAsync(string model, string? version, CancellationToken cancellationToken);

    /// <summary>What models have done.</summary>
    /// <param name="model">The name of one, or null for all; those that don't answer are left out then.</param>
    /// <param name="version">Its version, or null for all of its versions.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    ValueTask<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken);

    /// <summary>Runs a model.</summary>
    /// <param name="request">What to run on what. The caller disposes it when the task has ended; who needs an input for longer copies it.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or its time is up.</param>
    /// <returns>The outputs that were asked for, in that order; all where none was named. The caller disposes them.</returns>
    /// <exception cref="ServeException">There is no such model or version, it is not ready, or the request doesn't fit it.</exception>
    Task<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellationToken);
}

/// <summary>Loads and unloads models on behalf of clients.</summary>
public interface IModelControl
{
    /// <summary>All models that are there, loaded or not.</summary>
    /// <param name="readyOnly">Whether only those that take requests.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    ValueTask<IReadOnlyList<ModelIndexLine>> GetIndexAsync(bool readyOnly, CancellationToken cancellationToken);

    /// <summary>Loads a model, or takes up what has changed of it. Returns when it takes requests.</summary>
    /// <param name="load">Which model, and with what.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <exception cref="ServeException">It can't be loaded; or models are not loaded on request (<see cref="ServeError.Unavailable"/>).</exception>
    Task LoadAsync(ModelLoad load, CancellationToken cancellationToken);

    /// <summary>Takes a model away from new requests, and returns at once.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    /// <exception cref="ServeException">There is no such model; or models are not unloaded on request (<see cref="ServeError.Unavailable"/>).</exception>
    Task UnloadAsync(string model, CancellationToken cancellationToken);
}

/// <summary>A model that a client wants to be loaded.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Config">A ModelConfig as JSON that takes the place of the model's own, or null.</param>
/// <param name="Files">Files that take the place of the model's own, by their paths in its folder, such as <c>1/model.onnx</c>; empty for none.</param>
public sealed record ModelLoad(string Model, string? Config, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files);

/// <summary>A line of the index of models.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version, or empty where none was ever loaded.</param>
/// <param name="State"><c>READY</c>, <c>UNAVAILABLE</c>, <c>LOADING</c> or <c>UNLOADING</c>, or empty where nobody has asked for the model yet.</param>
/// <param name="Reason">Why, where it is not ready.</param>
public sealed record ModelIndexLine(string Name, string Version, string State, string Reason);
