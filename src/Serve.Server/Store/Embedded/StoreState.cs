namespace Serve.Server.Store.Embedded;

/// <summary>The embedded store's contents in memory. Has one owner and no lock.</summary>
internal sealed class StoreState
{
    private readonly SortedDictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _volatile = new(StringComparer.Ordinal);

    public long Revision { get; private set; }

    /// <summary>The entries that must survive a restart.</summary>
    public IEnumerable<StoreRecordEntry> Durable => _entries.Keys.Where(IsDurable).Select(ToRecord);

    public IReadOnlyList<StoreEntry> Range(string prefix) => [.. _entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))];

    public IReadOnlyList<string> KeysOf(LeaseId lease) => [.. _entries.Values.Where(entry => entry.Lease == lease).Select(entry => entry.Key)];

    public bool Holds(StoreCondition condition) =>
        (_entries.TryGetValue(condition.Key, out var entry) ? entry.CreateRevision : 0) == condition.CreateRevision;

    /// <summary>Whether the change must be written to disk: it sets a durable value, or takes one away.</summary>
    public bool MustPersist(StoreChange change) => (change.Value is not null && !IsVolatile(change)) || IsDurable(change.Key);

    /// <summary>What the disk must know of a key.</summary>
    public StoreRecordEntry ToRecord(string key) => IsDurable(key)
        ? new StoreRecordEntry(key, _entries[key].CreateRevision, _entries[key].ModRevision, _entries[key].Value)
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
                if (IsVolatile(change))
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
            _entries.Clear();
        foreach (var (key, created, modified, value) in record.Entries)
        {
            if (value is null)
                Remove(key);
            else
                _entries[key] = new StoreEntry(key, value, created, modified, LeaseId.None);
        }

        Revision = record.Revision;
    }

    private bool Remove(string key)
    {
        _volatile.Remove(key);
        return _entries.Remove(key);
    }

    private bool IsDurable(string key) => _entries.ContainsKey(key) && !_volatile.Contains(key);

    private static bool IsVolatile(StoreChange change) => change.IsVolatile || change.Lease != LeaseId.None;
}
