using System.Diagnostics.CodeAnalysis;
using Serve.Replica;
using Serve.Wire;

namespace Serve.Multiplexing;

/// <summary>
/// The models of one object. Each is loaded once for all who ask for it, and different ones at the same time; those used least recently
/// go where others need their room. Whoever needs room waits in line. A model in use stays until its users are done; but once it has to go, new users wait for it to be
/// loaded anew, so that a model which is always in use does not keep others out for ever.
/// </summary>
internal sealed class ModelCache<TModel> : IModelCache
{
    private readonly ModelDeclaration _declaration;
    private readonly Func<string, long>? _sizeOf;
    private readonly ModelLoader<TModel> _loader;
    private readonly ModelBoard? _board;
    private readonly ModelMeters _meters;
    private readonly ModelRoom _room;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ModelEntry<TModel>> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelEntry<TModel>> _leaving = new(StringComparer.Ordinal);
    private readonly LinkedList<ModelEntry<TModel>> _waiting = [];

    /// <summary>Those used least recently first.</summary>
    private readonly LinkedList<ModelEntry<TModel>> _held = [];
    private bool _isClosed;

    public ModelCache(object target, ModelDeclaration declaration, Func<string, CancellationToken, Task<TModel>> load, ReplicaScope scope)
    {
        _declaration = declaration;
        _sizeOf = declaration.SizeOf is { } sizeOf ? ClassMethods.Bind<Func<string, long>>(sizeOf, target) : null;
        _room = new ModelRoom(declaration.MaxModels, declaration.MemoryBudget);
        _board = scope.Models;
        _meters = new ModelMeters(scope);
        _loader = new ModelLoader<TModel>(declaration.Name, load, _meters, scope);
        _board?.Add(this);
    }

    public ValueTask<ModelLease<TModel>> GetAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _meters.Requested();
        ModelEntry<TModel>? entry;
        lock (_lock)
            TryJoin(id, out entry);
        entry ??= Join(id, SizeOf(id));
        return entry.Loaded.IsCompletedSuccessfully ? ValueTask.FromResult(new ModelLease<TModel>(this, entry)) : WaitAsync(entry, cancellationToken);
    }

    public void Release(ModelEntry<TModel> entry)
    {
        lock (_lock)
        {
            if (--entry.Users > 0)
                return;
            switch (entry.State)
            {
                case ModelState.Waiting:
                    _waiting.Remove(entry.Node!);
                    _entries.Remove(entry.Id);
                    entry.State = ModelState.Gone;
                    Pump();
                    break;
                case ModelState.Loading:
                    Abandon(entry);
                    break;
                case ModelState.Held:
                    Touch(entry);
                    Pump();
                    break;
                case ModelState.Leaving:
                    _ = UnloadAsync(entry);
                    break;
            }
        }
    }

    /// <summary>Lets nobody in any more and unloads all models, each when its users are done.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        List<ModelEntry<TModel>> leaving;
        lock (_lock)
        {
            _isClosed = true;
            foreach (var entry in _entries.Values.ToList())
                Close(entry);
            leaving = [.. _leaving.Values];
        }

        await Task.WhenAll(leaving.Select(entry => entry.Gone)).WaitAsync(cancellationToken);
    }

    private void Close(ModelEntry<TModel> entry)
    {
        switch (entry.State)
        {
            case ModelState.Waiting:
                _waiting.Remove(entry.Node!);
                _entries.Remove(entry.Id);
                entry.State = ModelState.Gone;
                entry.EndLoading(Closed());
                break;
            case ModelState.Loading:
                Abandon(entry);
                entry.EndLoading(Closed());
                break;
            case ModelState.Held:
                Evict(entry);
                break;
        }
    }

    /// <summary>Uses a model that is there, or will be.</summary>
    private bool TryJoin(string id, [NotNullWhen(true)] out ModelEntry<TModel>? entry)
    {
        if (_isClosed)
            throw Closed();
        if (!_entries.TryGetValue(id, out entry))
            return false;
        entry.Users++;
        if (entry.State == ModelState.Held)
            Touch(entry);
        return true;
    }

    private ModelEntry<TModel> Join(string id, long size)
    {
        lock (_lock)
        {
            // Somebody else may have come for it while the class was asked for its size.
            if (TryJoin(id, out var entry))
                return entry;
            entry = new ModelEntry<TModel>(id, size) { Users = 1 };
            _entries.Add(id, entry);
            entry.Node = _waiting.AddLast(entry);
            Pump();
            return entry;
        }
    }

    private async ValueTask<ModelLease<TModel>> WaitAsync(ModelEntry<TModel> entry, CancellationToken cancellationToken)
    {
        var request = RequestContext.Current?.Aborted ?? CancellationToken.None;
        using var both = request.CanBeCanceled && request != cancellationToken ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, request) : null;
        try
        {
            await entry.Loaded.WaitAsync(both?.Token ?? cancellationToken);
        }
        catch
        {
            Release(entry);
            throw;
        }

        return new ModelLease<TModel>(this, entry);
    }

    /// <summary>Starts what there is room for, in the order in which it was asked for, and makes room for the next.</summary>
    private void Pump()
    {
        while (_waiting.First is { Value: var next })
        {
            if (_room.Fits(next.Size))
                Load(next);
            else if (!_room.WillFit(next.Size) && Victim() is { } victim)
                Evict(victim);
            else
                return;
        }
    }

    /// <summary>The one that nobody has used for the longest time, rather than one in use.</summary>
    private ModelEntry<TModel>? Victim() => _held.FirstOrDefault(entry => entry.Users == 0) ?? _held.First?.Value;

    private void Load(ModelEntry<TModel> entry)
    {
        _waiting.Remove(entry.Node!);
        _room.Take(entry.Size);
        entry.State = ModelState.Loading;
        entry.Before = _leaving.GetValueOrDefault(entry.Id);
        entry.Loading = new CancellationTokenSource();
        _board?.Add(entry.Id);
        _ = LoadAsync(entry, entry.Loading.Token);
    }

    /// <summary>Begun inside the lock, and so never gone on with before that is left.</summary>
    private async Task LoadAsync(ModelEntry<TModel> entry, CancellationToken cancellationToken)
    {
        var (model, failure) = await _loader.LoadAsync(entry.Id, entry.Before?.Gone, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool isUnwanted;
        lock (_lock)
        {
            entry.Model = model;
            entry.Before = null;
            isUnwanted = entry.State == ModelState.Abandoned;
            if (!isUnwanted && failure is null)
                Hold(entry);
            else if (!isUnwanted)
                Drop(entry);
            // A source that is cancelled may still be telling others; it holds nothing else that would have to be freed.
            if (!cancellationToken.IsCancellationRequested)
                entry.Loading!.Dispose();
        }

        if (isUnwanted)
            await UnloadAsync(entry);
        else
            entry.EndLoading(failure);
    }

    private void Hold(ModelEntry<TModel> entry)
    {
        entry.State = ModelState.Held;
        entry.Node = _held.AddLast(entry);
        Pump();
    }

    private void Drop(ModelEntry<TModel> entry)
    {
        entry.State = ModelState.Gone;
        _entries.Remove(entry.Id);
        _room.Free(entry.Size, wasLeaving: false);
        _board?.Remove(entry.Id);
        Pump();
    }

    private void Evict(ModelEntry<TModel> entry)
    {
        _held.Remove(entry.Node!);
        Leave(entry, ModelState.Leaving);
        if (entry.Users == 0)
            _ = UnloadAsync(entry);
    }

    private void Abandon(ModelEntry<TModel> entry)
    {
        Leave(entry, ModelState.Abandoned);
        // What the user's method does then must not run inside the lock.
        _ = entry.Loading!.CancelAsync();
    }

    private void Leave(ModelEntry<TModel> entry, ModelState state)
    {
        entry.State = state;
        _entries.Remove(entry.Id);
        _leaving[entry.Id] = entry;
        _room.Leave(entry.Size);
        _board?.Remove(entry.Id);
    }

    /// <summary>As <see cref="LoadAsync"/>.</summary>
    private async Task UnloadAsync(ModelEntry<TModel> entry)
    {
        await _loader.UnloadAsync(entry.Id, entry.Model).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            entry.Model = default;
            entry.State = ModelState.Gone;
            if (_leaving.GetValueOrDefault(entry.Id) == entry)
                _leaving.Remove(entry.Id);
            _room.Free(entry.Size, wasLeaving: true);
            Pump();
        }

        entry.EndLeaving();
    }

    private void Touch(ModelEntry<TModel> entry)
    {
        _held.Remove(entry.Node!);
        _held.AddLast(entry.Node!);
    }

    /// <exception cref="ServeException">The model fits under no circumstances.</exception>
    private long SizeOf(string id)
    {
        if (id.Length > ModelIdHeader.MaxIdLength)
            throw new ServeException(ServeError.BadRequest, $"The model id '{id[..32]}…' has {id.Length} characters; it may have {ModelIdHeader.MaxIdLength}.");
        if (_sizeOf is null)
            return 0;
        var size = _sizeOf(id);
        if (size < 0)
            throw _declaration.Wrong($"{nameof(MultiplexedAttribute.SizeOf)} returned {size} for the model '{id}'; a size must be at least 0");
        return size <= _declaration.MemoryBudget
            ? size
            : throw new ServeException(ServeError.TooLarge, $"The model '{id}' needs {size} bytes, and all models of a replica together may have {_declaration.MemoryBudget}; raise MemoryBudgetBytes of {_declaration.Name}.");
    }

    private DeploymentUnavailableException Closed() => new($"{_declaration.Name} loads no more models: its replica is shutting down.");
}
