using System.Numerics;
using Serve.Routing.Affinity;
using Serve.Routing.Custom;

namespace Serve.Routing;

/// <summary>
/// Chooses a replica and takes a slot on it: one that holds the request's model, or the one of its session; otherwise of two drawn at random
/// among those with room the one with fewer requests (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001), on this
/// node before this zone before elsewhere. Replicas without room are taken out of the draw and put back when they have room again, so
/// that a pick costs the same however many there are and however many of them are full.
/// </summary>
/// <param name="loadHalfLife">After how many ticks word of the load from others counts half.</param>
internal sealed class ReplicaPicker(long loadHalfLife)
{
    /// <summary>How often a draw may meet replicas that filled up meanwhile before it is made under the lock.</summary>
    private const int LooseDraws = 2;

    /// <summary>How many replicas are compared where the best shall be found among many: all of them up to this number.</summary>
    private const int Sample = 8;

    /// <summary>How many half-lives a replica has to load a model before it is not taken for its holder any more.</summary>
    private const int GuessHalfLives = 60;

    private readonly Lock _lock = new();
    private volatile ReplicaRooms _rooms = new([], limit: 1, prefersNear: true);
    private int _ongoingSessions;

    /// <summary>The program's own router, or null.</summary>
    public CustomChoice? Custom { get; set; }

    public ModelHolders Models { get; } = new(loadHalfLife * GuessHalfLives);

    /// <summary>Puts other replicas in force, or another limit.</summary>
    public void Use(ReplicaEntry[] replicas, int limit, bool prefersNear = true)
    {
        lock (_lock)
        {
            var old = _rooms.Members;
            foreach (var replica in old)
                replica.Position = -1;
            var rooms = new ReplicaRooms(replicas, limit, prefersNear);
            _rooms = rooms;
            foreach (var replica in replicas)
                rooms.List(replica);
            foreach (var gone in old.Except(replicas))
                Models.Forget(gone);
        }
    }

    /// <summary>Looks again whether a replica has room.</summary>
    public void Refresh(ReplicaEntry replica)
    {
        lock (_lock)
            _rooms.List(replica);
    }

    /// <summary>Gives a slot back.</summary>
    public void Release(ReplicaEntry replica, bool isOfSession)
    {
        if (isOfSession)
        {
            Interlocked.Decrement(ref _ongoingSessions);
            replica.LeaveSession();
        }

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
        var replica = request switch
        {
            _ when Custom is { } custom => custom.Pick(rooms, request, now, loadHalfLife),
            { ModelId: { } model } => PickHolder(rooms, model, request.Avoid, random, now) ?? PickFewestModels(rooms, model, request.Avoid, random, now),
            { SessionId: { } session } => PickForSession(rooms, session, request.Avoid),
            _ => null,
        };
        if (replica is null)
        {
            for (var tier = 0; replica is null && tier < ReplicaRooms.Tiers; tier++)
                replica = rooms[tier].Count > 0 ? Draw(rooms, rooms[tier], request.Avoid, random, now) : null;
            if (replica is null && request.Avoid is { } avoided && TryEnter(rooms, avoided))
                replica = avoided;
        }

        if (Custom is not null && replica?.HasRoom(rooms.Limit) == false)
            Refresh(replica);
        if (request.IsOfSession && replica is not null)
        {
            Interlocked.Increment(ref _ongoingSessions);
            replica.EnterSession();
        }

        return replica;
    }

    /// <summary>Whether a replica that holds the request's model has room; also where nobody holds it, or none is asked for.</summary>
    public bool HasHolderWithRoom(in PickRequest request)
    {
        if (request.ModelId is not { } model)
            return true;
        var holders = Models.Of(model);
        foreach (var holder in holders[..Math.Min(Sample, holders.Length)])
        {
            if (holder.HasRoom(_rooms.Limit))
                return true;
        }

        return holders.IsEmpty;
    }

    private ReplicaEntry? PickHolder(ReplicaRooms rooms, string model, ReplicaEntry? avoid, ulong random, long now)
    {
        var holders = Models.Of(model);
        for (var attempt = 0; attempt < LooseDraws; attempt++)
        {
            ReplicaEntry? best = null;
            for (var i = 0; i < Math.Min(Sample, holders.Length); i++)
            {
                var holder = holders[(Scale((uint)random, holders.Length) + i) % holders.Length];
                if (holder != avoid && holder.HasRoom(rooms.Limit) && !(best?.CostAt(now, loadHalfLife) <= holder.CostAt(now, loadHalfLife)))
                    best = holder;
            }

            if (best is null)
                return null;
            if (TryEnter(rooms, best))
                return best;
        }

        return null;
    }

    private ReplicaEntry? PickFewestModels(ReplicaRooms rooms, string model, ReplicaEntry? avoid, ulong random, long now)
    {
        for (var tier = 0; tier < ReplicaRooms.Tiers; tier++)
        {
            ReplicaEntry? best = null;
            var count = rooms[tier].Count;
            for (var i = 0; i < Math.Min(Sample, count); i++)
            {
                var replica = rooms[tier][(Scale((uint)random, count) + i) % count];
                if (replica == avoid || best is not null && (best.ModelCount, best.CostAt(now, loadHalfLife)).CompareTo((replica.ModelCount, replica.CostAt(now, loadHalfLife))) <= 0)
                    continue;
                best = replica;
            }

            if (best is null || !TryEnter(rooms, best))
                continue;
            Models.Guess(best, model, now);
            return best;
        }

        return null;
    }

    private ReplicaEntry? PickForSession(ReplicaRooms rooms, string session, ReplicaEntry? avoid)
    {
        var replica = rooms.Ring.Pick(session, avoid, rooms.Limit, Volatile.Read(ref _ongoingSessions));
        if (replica?.HasRoom(rooms.Limit) == false)
            Refresh(replica);
        return replica;
    }

    private ReplicaEntry? Draw(ReplicaRooms rooms, RoomSet set, ReplicaEntry? avoid, ulong random, long now)
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
            var (better, worse) = first.CostAt(now, loadHalfLife) <= second.CostAt(now, loadHalfLife) ? (first, second) : (second, first);
            if (better != avoid && TryEnter(rooms, better))
                return better;
            if (worse != better && TryEnter(rooms, worse))
                return worse;
            random = BitOperations.RotateLeft(random * 0x9E3779B97F4A7C15, 31);
        }

        return DrawExactly(rooms, set, avoid, random);
    }

    /// <summary>Takes what is found to be full out of the draw until a slot is found: each removal was paid for when the replica was put in.</summary>
    private ReplicaEntry? DrawExactly(ReplicaRooms rooms, RoomSet set, ReplicaEntry? avoid, ulong random)
    {
        lock (_lock)
        {
            // Whoever put other rooms in force serves those who wait by them.
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

    private bool TryEnter(ReplicaRooms rooms, ReplicaEntry replica)
    {
        if (!replica.TryEnter(rooms.Limit))
            return false;
        if (!replica.HasRoom(rooms.Limit))
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
}
