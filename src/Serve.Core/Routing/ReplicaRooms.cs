using Serve.Routing.Affinity;

namespace Serve.Routing;

/// <summary>Which replicas have room, for one set of replicas and one limit. Changed under the picker's lock only.</summary>
internal sealed class ReplicaRooms
{
    /// <summary>On this node, in this zone, elsewhere.</summary>
    public const int Tiers = 3;

    private readonly RoomSet[] _sets;
    private readonly HashSet<ReplicaEntry> _members;
    private readonly bool _prefersNear;
    private SessionRing? _ring;

    public ReplicaRooms(ReplicaEntry[] members, int limit, bool prefersNear)
    {
        Members = members;
        Limit = limit;
        _prefersNear = prefersNear;
        _members = [.. members];
        _sets = [.. Enumerable.Range(0, Tiers).Select(tier => new RoomSet(members.Count(replica => TierOf(replica) == tier)))];
    }

    public ReplicaEntry[] Members { get; }

    public int Limit { get; }

    /// <summary>The places of sessions, made when the first one asks.</summary>
    public SessionRing Ring => Volatile.Read(ref _ring) ?? MakeRing();

    public RoomSet this[int tier] => _sets[tier];

    /// <summary>Puts a replica in or takes it out, as its room says.</summary>
    public void List(ReplicaEntry replica)
    {
        var hasRoom = replica.HasRoom(Limit);
        if (hasRoom && replica.Position < 0 && _members.Contains(replica))
        {
            _sets[TierOf(replica)].Add(replica);
        }
        else if (!hasRoom && replica.Position >= 0)
        {
            _sets[TierOf(replica)].Remove(replica);
            // A slot may have been given back between the look and the removal, by someone who saw it listed.
            Interlocked.MemoryBarrier();
            if (replica.HasRoom(Limit))
                _sets[TierOf(replica)].Add(replica);
        }
    }

    private int TierOf(ReplicaEntry replica) => _prefersNear ? replica.Tier : 0;

    private SessionRing MakeRing()
    {
        // Two at once make the same one.
        Interlocked.CompareExchange(ref _ring, new SessionRing(Members), comparand: null);
        return _ring;
    }
}
