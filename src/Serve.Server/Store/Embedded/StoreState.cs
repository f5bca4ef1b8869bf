namespace Serve.Server.Store.Embedded;

/// <summary>The embedded store's contents in memory. Has one owner and no lock.</summary>
internal sealed class StoreState
{
    /// <summary>How far revisions are apart that two openings of a store may give.</summary>
    public const long BlockLength = 1 << 20;

    private readonly SortedDictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _volatile = new(StringComparer.Ordinal);
    private readonly Dictionary<LeaseId, TimeSpan> _leases = [];

    public long Revision { get; private set; }

    /// <summary>The leases that have not ended, with their times to live.</summary>
    public IReadOnlyDictionary<LeaseId, TimeSpan> Leases => _leases;

    /// <summary>The entries that must survive a restart.</summary>
    public IEnumerable<StoreRecordEntry> Durable =>
        _leases.Select(static pair => StoreRecordEntry.Of(pair.Key, pair.Value)).Concat(_entries.Keys.Where(IsDurable).Select(ToRecord));

    public IReadOnlyList<StoreEntry> Range(string prefix) => [.. _entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))];

    public IReadOnlyList<string> KeysOf(LeaseId lease) => [.. _entries.Values.Where(entry => entry.Lease == lease).Select(entry => entry.Key)];

    public bool Holds(StoreCondition condition) =>
        (_entries.TryGetValue(condition.Key, out var entry) ? entry.CreateRevision : 0) == condition.CreateRevision;

    /// <summary>Whether the change must be written to disk: it sets a durable value, or takes one away.</summary>
    public bool MustPersist(StoreChange change) => (change.Value is not null && !change.IsVolatile) || IsDurable(change.Key);

    /// <summary>What the disk must know of a key.</summary>
    public StoreRecordEntry ToRecord(string key) => IsDurable(key)
        ? new StoreRecordEntry(key, _entries[key].CreateRevision, _entries[key].ModRevision, _entries[key].Value, _entries[key].Lease)
        : new StoreRecordEntry(key, CreateRevision: 0, ModRevision: 0, Value: null);

    /// <summary>Applies changes as one revision and returns what watches shall see.</summary>
    public IReadOnlyList<StoreEvent> Apply(IReadOnlyList<StoreChange> changes)
    {
        var next = Revision + 1;
        var events = new List<StoreEvent>(changes.Count);
        foreach (var change in changes)
        {
            if (change.Value is null)
            {
                if (!Remove(change.Key))
                    continue;
            }
            else
            {
                var created = _entries.TryGetValue(change.Key, out var old) ? old.CreateRevision : next;
                _entries[change.Key] = new StoreEntry(change.Key, change.Value, created, next, change.Lease);
                if (change.IsVolatile)
                    _volatile.Add(change.Key);
                else
                    _volatile.Remove(change.Key);
            }

            events.Add(new StoreEvent(next, change.Key, change.Value));
        }

        if (events.Count > 0)
            Revision = next;
        return events;
    }

    /// <summary>Takes a record up that was read from the disk.</summary>
    public void Replay(StoreRecord record)
    {
        if (record.Kind == StoreRecordKind.Snapshot)
        {
            _entries.Clear();
            _leases.Clear();
        }

        foreach (var entry in record.Entries)
        {
            if (entry.IsLease)
                Set(entry.Lease, entry.Value is null ? null : entry.TimeToLive);
            else if (entry.Value is null)
                Remove(entry.Key);
            else
                _entries[entry.Key] = new StoreEntry(entry.Key, entry.Value, entry.CreateRevision, entry.ModRevision, entry.Lease);
        }

        Revision = record.Revision;
    }

    /// <summary>Remembers a lease, or forgets it where it has no time to live any more.</summary>
    /// <returns>What the disk must know of it.</returns>
    public StoreRecordEntry Set(LeaseId lease, TimeSpan? timeToLive)
    {
        if (timeToLive is { } time)
            _leases[lease] = time;
        else
            _leases.Remove(lease);
        return StoreRecordEntry.Of(lease, timeToLive);
    }

    /// <summary>
    /// Goes on in a new block of revisions. The last ones before a restart may have been of volatile keys only, of which the disk knows
    /// nothing: none may be given to another change, or a watch that has seen the first would take the second for known.
    /// </summary>
    public void SkipToNextBlock() => Revision = ((Revision / BlockLength) + 1) * BlockLength;

    private bool Remove(string key)
    {
        _volatile.Remove(key);
        return _entries.Remove(key);
    }

    private bool IsDurable(string key) => _entries.ContainsKey(key) && !_volatile.Contains(key);
}
