namespace Serve.Server.Store.Embedded;

/// <summary>The embedded store's contents in memory. Has one owner and no lock.</summary>
internal sealed class StoreState
{
    private readonly SortedDictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _volatile = new(StringComparer.Ordinal);

    public long Revision { get; private set; }

    /// <summary>The entries that must survive a restart.</summary>
    public IEnumerable<StoreEntry> Durable => _entries.Values.Where(entry => !_volatile.Contains(entry.Key));

    public IReadOnlyList<StoreEntry> Range(string prefix) => [.. _entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))];

    public IReadOnlyList<string> KeysOf(LeaseId lease) => [.. _entries.Values.Where(entry => entry.Lease == lease).Select(entry => entry.Key)];

    public bool Holds(StoreCondition condition) =>
        (_entries.TryGetValue(condition.Key, out var entry) ? entry.CreateRevision : 0) == condition.CreateRevision;

    /// <summary>Whether the change must be written to disk: it sets a durable value, or takes one away.</summary>
    public bool MustPersist(StoreChange change) => change.Value is null || change.IsVolatile || change.Lease != LeaseId.None
        ? _entries.ContainsKey(change.Key) && !_volatile.Contains(change.Key)
        : true;

    /// <summary>Applies changes as one revision and returns what watches shall see.</summary>
    public IReadOnlyList<StoreEvent> Apply(IReadOnlyList<StoreChange> changes, long? revision = null)
    {
        var next = revision ?? Revision + 1;
        var events = new List<StoreEvent>(changes.Count);
        foreach (var change in changes)
        {
            if (change.Value is null)
            {
                if (!_entries.Remove(change.Key))
                    continue;
                _volatile.Remove(change.Key);
            }
            else
            {
                var created = _entries.TryGetValue(change.Key, out var old) ? old.CreateRevision : next;
                _entries[change.Key] = new StoreEntry(change.Key, change.Value, created, next, change.Lease);
                if (change.IsVolatile || change.Lease != LeaseId.None)
                    _volatile.Add(change.Key);
                else
                    _volatile.Remove(change.Key);
            }

            events.Add(new StoreEvent(next, change.Key, change.Value));
        }

        if (events.Count > 0 || revision is not null)
            Revision = next;
        return events;
    }

    /// <summary>Puts an entry back as a snapshot had it.</summary>
    public void Restore(StoreEntry entry) => _entries[entry.Key] = entry;

    public void RestoreRevision(long revision) => Revision = revision;
}
