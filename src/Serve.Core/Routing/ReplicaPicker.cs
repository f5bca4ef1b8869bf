namespace Serve.Routing;

/// <summary>
/// Chooses a replica and takes a slot on it: of two drawn at random among those with room the one with fewer requests (Mitzenmacher, "The
/// Power of Two Choices in Randomized Load Balancing", 2001), on this node before this zone before elsewhere. Replicas without room are
/// taken out of the draw and put back when they have room again, so that a pick costs the same however many there are and however many
/// of them are full.
/// </summary>
internal sealed class ReplicaPicker(long loadHalfLife)
{
    private const int Tiers = 3;

    /// <summary>How often a draw may meet replicas that filled up meanwhile before it is made under the lock.</summary>
    private const int LooseDraws = 2;

    private readonly Lock _lock = new();
    private volatile Rooms _rooms = new([], limit: 1);

    /// <summary>Puts other replicas in force, or another limit.</summary>
    public void Use(ReplicaEntry[] replicas, int limit)
    {
        lock (_lock)
        {
            foreach (var old in _rooms.Members)
                old.Position = -1;
            var rooms = new Rooms(replicas, limit);
            _rooms = rooms;
            foreach (var replica in replicas)
                rooms.List(replica);
        }
    }

    /// <summary>Looks again whether a replica has room.</summary>
    public void Refresh(ReplicaEntry replica)
    {
        lock (_lock)
            _rooms.List(replica);
    }

    /// <summary>Gives a slot back.</summary>
    public void Release(ReplicaEntry replica)
    {
        // The exit is a full fence: either the entry is seen as listed here, or whoever unlists it sees that a slot is free.
        replica.Exit();
        if (replica.Position < 0)
            Refresh(replica);
    }

    /// <param name="request">What is wished for.</param>
    /// <param name="random">64 random bits.</param>
    /// <param name="now">The router's clock.</param>
    /// <returns>The replica on which a slot was taken, or null where none has room.</returns>
    public ReplicaEntry? Pick(in PickRequest request, ulong random, long now)
    {
        var rooms = _rooms;
        for (var tier = 0; tier < Tiers; tier++)
        {
            if (rooms[tier].Count > 0 && Draw(rooms, rooms[tier], request.Avoid, random, now) is { } replica)
                return replica;
        }

        return request.Avoid is { } avoided && TryEnter(rooms, avoided) ? avoided : null;
    }

    private ReplicaEntry? Draw(Rooms rooms, RoomSet set, ReplicaEntry? avoid, ulong random, long now)
    {
        for (var i = 0; i < LooseDraws; i++)
        {
            var count = set.Count;
            if (count == 0)
                return null;
            var first = set[Scale((uint)random, count)];
            var second = count == 1 ? first : set[Other(Scale((uint)random, count), (uint)(random >> 32), count)];
            if (first == avoid)
                first = second;
            else if (second == avoid)
                second = first;
            var (better, worse) = first.LoadAt(now, loadHalfLife) <= second.LoadAt(now, loadHalfLife) ? (first, second) : (second, first);
            if (better != avoid && TryEnter(rooms, better))
                return better;
            if (worse != better && TryEnter(rooms, worse))
                return worse;
            random = System.Numerics.BitOperations.RotateLeft(random * 0x9E3779B97F4A7C15, 31);
        }

        return DrawExactly(rooms, set, avoid, random);
    }

    /// <summary>Takes what is found to be full out of the draw until a slot is found: each removal was paid for when the replica was put in.</summary>
    private ReplicaEntry? DrawExactly(Rooms rooms, RoomSet set, ReplicaEntry? avoid, ulong random)
    {
        lock (_lock)
        {
            if (rooms != _rooms)
                return null;
            while (set.Count > 0)
            {
                var index = Scale((uint)random, set.Count);
                if (set[index] == avoid)
                {
                    if (set.Count == 1)
                        return null;
                    index = Other(index, (uint)(random >> 32), set.Count);
                }

                var replica = set[index];
                var entered = replica.TryEnter(rooms.Limit);
                rooms.List(replica);
                if (entered)
                    return replica;
            }

            return null;
        }
    }

    private bool TryEnter(Rooms rooms, ReplicaEntry replica)
    {
        if (!replica.TryEnter(rooms.Limit))
            return false;
        if (replica.Ongoing >= rooms.Limit)
            Refresh(replica);
        return true;
    }

    /// <summary>A number below a bound without division (Lemire, "Fast Random Integer Generation in an Interval", 2019).</summary>
    private static int Scale(uint random, int bound) => (int)(((ulong)random * (uint)bound) >> 32);

    private static int Other(int first, uint random, int count)
    {
        var other = first + 1 + Scale(random, count - 1);
        return other >= count ? other - count : other;
    }

    /// <summary>Which replicas have room, for one set of replicas and one limit. Changed under the picker's lock only.</summary>
    private sealed class Rooms
    {
        private readonly RoomSet[] _sets;
        private readonly HashSet<ReplicaEntry> _members;

        public Rooms(ReplicaEntry[] members, int limit)
        {
            Members = members;
            Limit = limit;
            _members = [.. members];
            _sets = [.. Enumerable.Range(0, Tiers).Select(tier => new RoomSet(members.Count(replica => replica.Tier == tier)))];
        }

        public ReplicaEntry[] Members { get; }

        public int Limit { get; }

        public RoomSet this[int tier] => _sets[tier];

        /// <summary>Puts a replica in or takes it out, as its room says.</summary>
        public void List(ReplicaEntry replica)
        {
            var hasRoom = replica.HasRoom(Limit);
            if (hasRoom && replica.Position < 0 && _members.Contains(replica))
            {
                _sets[replica.Tier].Add(replica);
            }
            else if (!hasRoom && replica.Position >= 0)
            {
                _sets[replica.Tier].Remove(replica);
                // A slot may have been given back between the look and the removal, by someone who saw it listed.
                Interlocked.MemoryBarrier();
                if (replica.HasRoom(Limit))
                    _sets[replica.Tier].Add(replica);
            }
        }
    }
}
