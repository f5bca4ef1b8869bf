using Serve.Server.Store;
using Serve.Simulation.Faults;

namespace Serve.Simulation.World;

/// <summary>
/// What a process is told of a part of the store: each change of a key in order, at some time; after the watch broke, what became
/// different meanwhile. Behaves as the server's StoreFollower does.
/// </summary>
internal sealed class Watch(SimStore store, Session session, string prefix, Action<string, byte[]?> handle, Timeline timeline, Chance chance, FaultPlan faults)
{
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly Queue<StoreEvent> _queue = new();
    private bool _isBroken;
    private bool _isOnItsWay;

    /// <summary>Starts with all that is there.</summary>
    public void Start()
    {
        store.Add(this);
        TellDifferences();
    }

    /// <summary>Starts with what somebody has read before.</summary>
    public void StartFrom(StoreRange known)
    {
        foreach (var entry in known.Entries.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)))
            _told[entry.Key] = entry.ModRevision;
        store.Add(this);
        TellDifferences();
    }

    public void Offer(StoreEvent change)
    {
        if (_isBroken || !change.Key.StartsWith(prefix, StringComparison.Ordinal))
            return;
        _queue.Enqueue(change);
        Hurry();
    }

    /// <summary>Loses what is on its way; all is read again later.</summary>
    public void Break()
    {
        _queue.Clear();
        _isBroken = true;
        timeline.After(chance.Time(1, 4), ReadAgain);
    }

    private void Hurry()
    {
        if (_isOnItsWay)
            return;
        _isOnItsWay = true;
        timeline.After(faults.Strikes(Fault.DelayedMessage, 0.03) ? chance.Time(0.5, 12) : chance.Time(0.001, 0.03), Deliver);
    }

    private void Deliver()
    {
        _isOnItsWay = false;
        if (!session.IsAlive)
        {
            store.Remove(this);
            return;
        }

        if (session.IsCut)
        {
            _isOnItsWay = true;
            timeline.After(TimeSpan.FromSeconds(1), Deliver);
            return;
        }

        var many = chance.Between(1, 5);
        for (var i = 0; i < many && session.IsAlive && _queue.TryDequeue(out var change); i++)
        {
            if (!faults.Strikes(Fault.LostMessage, 0.01))
                Tell(change.Key, change.Value, change.Revision);
            else if (!_isBroken)
                timeline.After(chance.Time(1, 10), Break);
        }

        if (_queue.Count > 0)
            Hurry();
    }

    private void ReadAgain()
    {
        if (!session.IsAlive || !_isBroken)
            return;
        if (session.IsCut)
        {
            timeline.After(TimeSpan.FromSeconds(1), ReadAgain);
            return;
        }

        _isBroken = false;
        TellDifferences();
    }

    private void TellDifferences()
    {
        var range = store.Range(prefix);
        foreach (var gone in _told.Keys.Except(range.Entries.Select(entry => entry.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList())
            Tell(gone, value: null, range.Revision);
        foreach (var entry in range.Entries.Where(entry => _told.GetValueOrDefault(entry.Key) != entry.ModRevision))
            Tell(entry.Key, entry.Value, entry.ModRevision);
    }

    private void Tell(string key, byte[]? value, long revision)
    {
        if (!session.IsAlive)
            return;
        if (value is null)
            _told.Remove(key);
        else
            _told[key] = revision;
        handle(key, value);
    }
}
