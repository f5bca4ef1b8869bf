using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Onnx.Repository;

namespace Serve.Onnx;

/// <summary>
/// The models of one place, and which of them are loaded. Requests <see cref="Use"/> them without a lock; loading and unloading happens beside them, one change at a time, and a
/// version goes only when its successor is ready and its last request is over.
/// </summary>
public sealed class ModelRepository : IAsyncDisposable
{
    private readonly ModelRepositoryOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ModelRepositoryLog _log;
    private readonly ModelUpdate _update;
    private readonly ConcurrentDictionary<string, ModelEntry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _path;
    private Task _polling = Task.CompletedTask;
    private bool _disposed;

    private ModelRepository(ModelRepositoryOptions options, string path, TimeProvider timeProvider, ILogger logger)
    {
        _options = options;
        _path = path;
        _timeProvider = timeProvider;
        _log = new ModelRepositoryLog(logger);
        _update = new ModelUpdate(new ModelLoader(options, timeProvider, _log), _log);
    }

    /// <summary>Brings the models here where they come from afar, and loads those that are to be loaded at the start. One that fails says so in the <see cref="Index"/>.</summary>
    /// <param name="options">Which models, and how.</param>
    /// <param name="timeProvider">The clock; null: the system's.</param>
    /// <param name="logger">Where it says what it does; null: nowhere.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OnnxModelException">The place doesn't exist or can't be had.</exception>
    public static async Task<ModelRepository> OpenAsync(ModelRepositoryOptions options, TimeProvider? timeProvider = null, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.PollInterval, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.UsualInstances, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.UsualBatchSize, nameof(options));
        var path = await ModelSources.FetchAsync(options, cancellationToken);
        var repository = new ModelRepository(options, path, timeProvider ?? TimeProvider.System, logger ?? NullLogger.Instance);
        try
        {
            await repository.StartAsync(cancellationToken);
            return repository;
        }
        catch
        {
            await repository.DisposeAsync();
            throw;
        }
    }

    /// <summary>A model for one request: the version asked for, or the newest that is ready.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The number of the version; null or empty: the newest.</param>
    /// <exception cref="ServeException">There is no such model or version (<see cref="ServeError.NoRoute"/>), it is not ready (<see cref="ServeError.Unavailable"/>), or the version is no number (<see cref="ServeError.BadRequest"/>).</exception>
    public ModelUse Use(string name, string? version = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        while (true)
        {
            var model = Find(name, version);
            if (model.Lease.TryAcquire())
                return new ModelUse(model);
            // It was replaced in this moment, and its successor stands in its place already; or it was unloaded, and nothing does.
        }
    }

    /// <summary>All models that are there, by name and version.</summary>
    /// <param name="readyOnly">Whether only those that take requests.</param>
    public IReadOnlyList<ModelIndexEntry> Index(bool readyOnly = false) =>
        [.. _entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal).SelectMany(entry => entry.Index()).Where(entry => !readyOnly || entry.State == ModelState.Ready)];

    /// <summary>Loads a model, or brings it to what lies on the disk now. What serves goes on to serve until the new one is ready.</summary>
    /// <param name="name">The model.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServeException">There is no such model, the repository is not under explicit control, or a version can't be loaded; the message says why.</exception>
    public Task LoadAsync(string name, CancellationToken cancellationToken = default) => LoadAsync(name, new ModelReplacement(), cancellationToken);

    /// <summary>Loads a model with a configuration or files of the request in place of those of the repository, until it is loaded again.</summary>
    /// <param name="name">The model; with files it need not be one of the repository.</param>
    /// <param name="replacement">What takes their place.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServeException">As for the other; or there are files without a configuration, or a path that leads out of the model's folder.</exception>
    public async Task LoadAsync(string name, ModelReplacement replacement, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(replacement);
        CheckControl();
        if (replacement is { Files.Count: > 0, Config: null })
            throw new ServeException(ServeError.BadRequest, $"The model '{name}' comes with files and without a configuration; send one with them, {{}} at least.");
        await EnterAsync(cancellationToken);
        try
        {
            using var uploaded = replacement.Files.Count > 0 ? new UploadedModel(name, replacement.Files) : null;
            var folder = uploaded?.Folder ?? Scan().FirstOrDefault(folder => folder.Name == name) ?? throw Unknown(name);
            if (await UpdateAsync(folder, replacement.Config, cancellationToken) is not { Count: > 0 } failures)
                return;
            // A name that only a request has, and that came to nothing, is nobody's.
            if (uploaded is not null && _entries[name].Current.Count == 0 && Scan().All(folder => folder.Name != name))
                _entries.TryRemove(name, out _);
            throw new ServeException(ServeError.BadRequest, $"The model '{name}' can't be loaded: {string.Join(" ", failures)}");
        }
        catch (OnnxModelException exception)
        {
            throw new ServeException(ServeError.BadRequest, $"The model '{name}' can't be loaded: {exception.Message}", exception);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes a model away from new requests; its memory goes back when the last one is over, for which this doesn't wait. It does for a load that is under way, of this model or another.</summary>
    /// <param name="name">The model.</param>
    /// <param name="cancellationToken">Ends the wait for another change that is being made.</param>
    /// <exception cref="ServeException">There is no such model, or the repository is not under explicit control.</exception>
    public async Task UnloadAsync(string name, CancellationToken cancellationToken = default)
    {
        CheckControl();
        await EnterAsync(cancellationToken);
        try
        {
            Unload(_entries.GetValueOrDefault(name) ?? throw Unknown(name));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Unloads all models. Requests on their way finish.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _stopping.CancelAsync();
        await _polling;
        await _gate.WaitAsync();
        foreach (var entry in _entries.Values)
            Unload(entry);
        _gate.Release();
        _stopping.Dispose();
    }

    /// <summary>Looks through the repository once. What has changed since the last look but one, and no more since the last, is loaded; what is gone is unloaded.</summary>
    /// <exception cref="OnnxModelException">The place can't be read.</exception>
    internal async Task PollAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            var folders = Scan();
            foreach (var folder in folders)
            {
                var entry = _entries[folder.Name];
                var now = folder.Fingerprint();
                var isStill = entry.SeenFingerprint == now;
                entry.SeenFingerprint = now;
                if (isStill && entry.LoadedFingerprint != now)
                    await UpdateAsync(folder, config: null, cancellationToken);
            }

            var names = folders.Select(folder => folder.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var entry in _entries.Values.Where(entry => !names.Contains(entry.Name)))
            {
                Unload(entry);
                _entries.TryRemove(entry.Name, out _);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>One change at a time.</summary>
    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        if (!_disposed)
            return;
        _gate.Release();
        throw new ObjectDisposedException($"The repository of the models at '{_path}'");
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var folders = Scan();
        if (_options.Control == ModelControl.Explicit)
            return;
        foreach (var folder in folders)
        {
            await UpdateAsync(folder, config: null, cancellationToken);
            _entries[folder.Name].SeenFingerprint = _entries[folder.Name].LoadedFingerprint;
        }

        if (_options.Control == ModelControl.Poll)
            _polling = PollForeverAsync();
    }

    private async Task PollForeverAsync()
    {
        using var timer = new PeriodicTimer(_options.PollInterval, _timeProvider);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token);
                await PollAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _log.PollFailed(exception, _path);
            }
        }
    }

    /// <summary>What is there now. Each model gets an entry, loaded or not.</summary>
    private IReadOnlyList<ModelFolder> Scan()
    {
        var folders = ModelLayout.Find(_path, _options);
        foreach (var folder in folders)
            _entries.GetOrAdd(folder.Name, static name => new ModelEntry(name));
        return folders;
    }

    private Task<IReadOnlyList<string>> UpdateAsync(ModelFolder folder, string? config, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(folder.Name, static name => new ModelEntry(name));
        entry.LoadedFingerprint = folder.Fingerprint();
        return _update.RunAsync(entry, folder, config ?? _options.ModelConfig, cancellationToken);
    }

    private void Unload(ModelEntry entry)
    {
        entry.LoadedFingerprint = null;
        if (entry.Current.Count == 0)
            return;
        entry.Publish([]);
        _log.Unloaded(entry.Name);
    }

    private LoadedModel Find(string name, string? version)
    {
        if (!_entries.TryGetValue(name, out var entry))
            throw Unknown(name);
        if (string.IsNullOrEmpty(version))
            return entry.Current is [var newest, ..] ? newest : throw new DeploymentUnavailableException($"The model '{name}' is not ready: {entry.WhyNot()}.");
        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new ServeException(ServeError.BadRequest, $"The version '{version}' of the model '{name}' is not a number.");
        if (entry.Find(number) is { } model)
            return model;
        throw entry.StatusOf(number) is { } status
            ? new DeploymentUnavailableException($"Version {number} of the model '{name}' is {status.State.ToString().ToLowerInvariant()}{(status.Reason.Length > 0 ? $": {status.Reason}" : "")}.")
            : new ServeException(ServeError.NoRoute, $"The model '{name}' has no version {number}.");
    }

    private static ServeException Unknown(string name) => new(ServeError.NoRoute, $"There is no model '{name}'.");

    private void CheckControl()
    {
        if (_options.Control != ModelControl.Explicit)
            throw new DeploymentUnavailableException($"Models can't be loaded and unloaded one by one: the repository's control is '{_options.Control}', not '{ModelControl.Explicit}'.");
    }
}
