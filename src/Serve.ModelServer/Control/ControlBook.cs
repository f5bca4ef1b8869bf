using Serve.OpenInference;

namespace Serve.ModelServer.Control;

/// <summary>
/// What clients have had loaded. A load or unload goes to all replicas of the deployment in front that are ready; one that starts asks them what it has missed. A change that comes in the
/// moment between that question and the new replica's first request is not seen by it; the client that loads again, or the next change of that model, brings it up to the others.
/// </summary>
internal sealed partial class ControlBook(
    DeploymentHandle<IModelReplica> replicas, Func<ModelLoad, CancellationToken, Task> load, Func<string, CancellationToken, Task> unload, ILogger logger) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>Held while a model is loaded or unloaded and noted down: two clients' changes must not be noted in another order than they happened.</summary>
    private readonly SemaphoreSlim _changes = new(1);
    private readonly List<ModelLoad> _loads = [];

    public IReadOnlyList<ModelLoad> Loads
    {
        get
        {
            lock (_lock)
                return [.. _loads];
        }
    }

    /// <summary>Loads a model on all replicas.</summary>
    /// <exception cref="ServeException">One of them can't; the others have it then.</exception>
    public async Task LoadAsync(ModelLoad model, CancellationToken cancellationToken) =>
        Check(await replicas.BroadcastAsync(remote => remote.LoadHereAsync(model, cancellationToken)));

    /// <summary>Unloads a model on all replicas.</summary>
    /// <exception cref="ServeException">One of them can't.</exception>
    public async Task UnloadAsync(string model, CancellationToken cancellationToken) =>
        Check(await replicas.BroadcastAsync(remote => remote.UnloadHereAsync(model, cancellationToken)));

    public async Task LoadHereAsync(ModelLoad model, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            await load(model, cancellationToken);
            Note(model.Model, model);
        }
        finally
        {
            _changes.Release();
        }
    }

    public async Task UnloadHereAsync(string model, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            await unload(model, cancellationToken);
            Note(model, load: null);
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Loads what the replicas that were there before have.</summary>
    /// <exception cref="DeploymentUnavailableException">There are some, and none says what it has; a start that is tried again finds others, or none.</exception>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var answers = await AskOthersAsync(cancellationToken);
        foreach (var model in answers)
        {
            try
            {
                await LoadHereAsync(model, cancellationToken);
            }
            catch (ServeException exception)
            {
                LogNotLoaded(exception, model.Model);
            }
        }
    }

    public void Dispose() => _changes.Dispose();

    /// <summary>What any of them has: a replica that failed to load a model, or is on its way out, may lack what the others have.</summary>
    private async Task<IReadOnlyList<ModelLoad>> AskOthersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<BroadcastResult<IReadOnlyList<ModelLoad>>> answers;
        try
        {
            answers = await replicas.BroadcastAsync(remote => remote.GetLoadsAsync(cancellationToken));
        }
        catch (DeploymentUnavailableException)
        {
            return [];
        }

        if (answers.Count > 0 && answers.All(static answer => answer.Exception is not null))
            throw new DeploymentUnavailableException($"None of the {answers.Count} replicas that are there says which models clients have had loaded: {answers[0].Exception!.Message}", answers[0].Exception);
        return [.. answers.Where(static answer => answer.Exception is null).SelectMany(static answer => answer.Value).DistinctBy(static load => load.Model, StringComparer.Ordinal)];
    }

    private void Note(string model, ModelLoad? load)
    {
        lock (_lock)
        {
            _loads.RemoveAll(one => one.Model == model);
            if (load is not null)
                _loads.Add(load);
        }
    }

    private static void Check(IReadOnlyList<BroadcastResult<bool>> results)
    {
        if (results.FirstOrDefault(static result => result.Exception is not null) is not { Exception: { } failure } failed)
            return;
        if (results.Count == 1 || failure is not ServeException serve)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        else
            throw new ServeException(serve.Error, $"On replica {failed.ReplicaId} of {results.Count}: {serve.Message}", serve);
    }

    [LoggerMessage(EventId = 7000, Level = LogLevel.Error, Message = "The model {Model} is loaded on other replicas and can't be loaded here")]
    private partial void LogNotLoaded(Exception exception, string model);
}
