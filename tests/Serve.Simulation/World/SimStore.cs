using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Testing.Cluster;

namespace Serve.Simulation.World;

/// <summary>
/// The cluster's store as it is inside: every change gets a revision, leases end in simulated time and take their keys along, watches are
/// told. What lies between it and its clients is the <see cref="StoreNetwork"/>. It also is the judge of who may write: a write of a
/// controller that does not lead any more must never get in, whatever condition it carried.
/// </summary>
internal sealed class SimStore
{
    private readonly Dictionary<LeaseId, Lease> _leases = [];
    private readonly List<Watch> _watches = [];
    private readonly Timeline _timeline;
    private readonly Trace _trace;
    private long _nextLease;

    public SimStore(Timeline timeline, Trace trace)
    {
        _timeline = timeline;
        _trace = trace;
        Memory.OnChange = Tell;
    }

    public MemoryStore Memory { get; } = new();

    /// <summary>The controller that took the lead last.</summary>
    public Session? Leader { get; private set; }

    /// <summary>Told after each write of a controller.</summary>
    public Action<Session> OnControllerWrite { get; set; } = static _ => { };

    public StoreRange Range(string prefix) => Memory.Range(prefix);

    public StoreTxnResult Apply(Session session, StoreTxn txn)
    {
        if (txn.Changes.FirstOrDefault(change => change.Lease != LeaseId.None && !_leases.ContainsKey(change.Lease)) is { Key: not null } orphan)
            throw new InvalidOperationException($"The lease {orphan.Lease.Value} of '{orphan.Key}' has ended.");
        var takesLead = txn.Changes.Any(change => change is { Key: ClusterKeys.Leader, Value: not null });
        if (takesLead && session.IsExpired)
            throw new InvalidOperationException($"The lease of {session.Name} has ended.");
        var result = Memory.Apply(txn);
        if (result.Succeeded || !takesLead)
            _trace.Add("store", $"{session.Name} {(result.Succeeded ? "writes" : "may not write")} {string.Join(' ', txn.Changes.Select(Describe))}");
        if (!result.Succeeded || !session.IsController)
            return result;
        if (takesLead)
        {
            Leader = session;
            session.LedAs = result.Revision;
        }

        if (session != Leader || LeaderRevision != session.LedAs)
            throw new Violation("fencing", $"{session.Name} has written although {(LeaderRevision == 0 ? "nobody" : Leader!.Name)} leads");
        OnControllerWrite(session);
        return result;
    }

    /// <summary>The lease by which a controller leads ends.</summary>
    public void TakeLeadAway(Session session)
    {
        session.IsExpired = true;
        if (LeaderRevision != 0 && LeaderRevision == session.LedAs)
            Memory.Change(new StoreChange(ClusterKeys.Leader, Value: null));
    }

    public LeaseId Grant(TimeSpan timeToLive)
    {
        var id = new LeaseId(++_nextLease);
        _leases.Add(id, new Lease(timeToLive, _timeline.Now + timeToLive));
        _timeline.After(timeToLive, () => Lapse(id));
        return id;
    }

    public bool KeepAlive(LeaseId id)
    {
        if (!_leases.TryGetValue(id, out var lease))
            return false;
        _leases[id] = lease with { End = _timeline.Now + lease.TimeToLive };
        return true;
    }

    public void Revoke(LeaseId id)
    {
        if (_leases.Remove(id))
            Memory.Change([.. Memory.KeysOf(id).Select(key => new StoreChange(key, Value: null))]);
    }

    public void Add(Watch watch) => _watches.Add(watch);

    public void Remove(Watch watch) => _watches.Remove(watch);

    private long LeaderRevision => Memory.Entries(ClusterKeys.Leader) is [var entry, ..] ? entry.CreateRevision : 0;

    private void Lapse(LeaseId id)
    {
        if (!_leases.TryGetValue(id, out var lease))
            return;
        if (lease.End > _timeline.Now)
        {
            _timeline.After(lease.End - _timeline.Now, () => Lapse(id));
            return;
        }

        _trace.Add("store", $"lease {id.Value} ends");
        Revoke(id);
    }

    private void Tell(StoreEvent change)
    {
        foreach (var watch in _watches.ToArray())
            watch.Offer(change);
    }

    private static string Describe(StoreChange change) => $"{(change.Value is null ? "-" : "+")}{change.Key["/serve/".Length..]}";

    private sealed record Lease(TimeSpan TimeToLive, TimeSpan End);
}
