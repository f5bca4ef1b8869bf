namespace Serve.Onnx.Repository;

/// <summary>
/// What is known of one model. Requests read <see cref="Current"/> without a lock; changes are made by one at a time, who holds the repository's gate, and by versions whose
/// last user leaves.
/// </summary>
internal sealed class ModelEntry(string name)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, VersionStatus> _statuses = [];
    private LoadedModel[] _ready = [];

    public string Name { get; } = name;

    /// <summary>The versions that take requests, the newest first.</summary>
    public IReadOnlyList<LoadedModel> Current => Volatile.Read(ref _ready);

    /// <summary>What lay on the disk when it was looked at last, to see changes; null before.</summary>
    public string? SeenFingerprint { get; set; }

    /// <summary>What was loaded last, or failed to; null if nothing was, or it was unloaded.</summary>
    public string? LoadedFingerprint { get; set; }

    public LoadedModel? Find(long version) => Current.FirstOrDefault(model => model.Version == version);

    public IReadOnlyList<ModelIndexEntry> Index()
    {
        lock (_lock)
            return _statuses.Count == 0 ? [new ModelIndexEntry(Name, null, null)] : [.. _statuses.Select(pair => new ModelIndexEntry(Name, pair.Key, pair.Value.State, pair.Value.Reason))];
    }

    public VersionStatus? StatusOf(long version)
    {
        lock (_lock)
            return _statuses.GetValueOrDefault(version);
    }

    /// <summary>Why nothing of the model can be used.</summary>
    public string WhyNot()
    {
        lock (_lock)
        {
            var reasons = _statuses.Reverse().Select(pair => $"version {pair.Key} is {pair.Value.State.ToString().ToLowerInvariant()}{(pair.Value.Reason.Length > 0 ? $" ({pair.Value.Reason})" : "")}").ToArray();
            return reasons.Length == 0 ? "it has not been loaded" : string.Join("; ", reasons);
        }
    }

    public void Set(long version, ModelState state, string reason = "")
    {
        lock (_lock)
            _statuses[version] = new VersionStatus(state, reason);
    }

    /// <summary>Says that versions are no longer there, nor in use.</summary>
    public void ForgetOthers(IReadOnlyCollection<long> versions)
    {
        lock (_lock)
        {
            foreach (var gone in _statuses.Where(pair => pair.Value.State == ModelState.Unavailable && !versions.Contains(pair.Key)).Select(pair => pair.Key).ToArray())
                _statuses.Remove(gone);
        }
    }

    /// <summary>A change came to nothing: what it was about to load is not there.</summary>
    public void GiveUp(string reason)
    {
        lock (_lock)
        {
            foreach (var version in _statuses.Where(pair => pair.Value.State == ModelState.Loading).Select(pair => pair.Key).ToArray())
                _statuses[version] = new VersionStatus(ModelState.Unavailable, reason);
        }
    }

    /// <summary>Takes up what is ready from now on, and says so in the same moment. Those that it replaces finish what they have begun.</summary>
    public void Publish(IEnumerable<LoadedModel> ready)
    {
        var before = _ready;
        LoadedModel[] after = [.. ready.OrderByDescending(model => model.Version)];
        lock (_lock)
        {
            Volatile.Write(ref _ready, after);
            foreach (var model in after.Except(before))
                _statuses[model.Version] = new VersionStatus(ModelState.Ready, "");
            foreach (var model in before.Where(model => after.All(other => other.Version != model.Version)))
                _statuses[model.Version] = new VersionStatus(ModelState.Unloading, "");
        }

        foreach (var model in before.Except(after))
            model.Lease.Abandon();
    }

    /// <summary>The last user of a version has left.</summary>
    public void Freed(long version)
    {
        lock (_lock)
        {
            if (_statuses.GetValueOrDefault(version)?.State == ModelState.Unloading)
                _statuses[version] = new VersionStatus(ModelState.Unavailable, "unloaded");
        }
    }
}

/// <summary>What a version is about.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why.</param>
internal sealed record VersionStatus(ModelState State, string Reason);
