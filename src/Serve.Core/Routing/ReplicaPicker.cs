namespace Serve.Routing;

/// <summary>
/// Chooses a replica and takes a slot on it: of two drawn at random the one with fewer requests (Mitzenmacher, "The Power of Two Choices
/// in Randomized Load Balancing", 2001). Only when both are full are the others asked in turn.
/// </summary>
internal static class ReplicaPicker
{
    /// <param name="replicas">The candidates.</param>
    /// <param name="limit">How many requests one replica may have from this router.</param>
    /// <param name="random">64 random bits.</param>
    /// <param name="avoid">Replicas that already refused this request; they are taken only when nothing else has room.</param>
    /// <returns>The replica on which a slot was taken, or null where all are full.</returns>
    public static ReplicaEntry? Pick(ReadOnlySpan<ReplicaEntry> replicas, int limit, ulong random, IReadOnlyCollection<ReplicaEntry>? avoid = null)
    {
        if (replicas.Length == 0)
            return null;
        var first = (int)((uint)random % (uint)replicas.Length);
        if (avoid is null)
        {
            var second = replicas.Length == 1 ? first : (first + 1 + (int)((uint)(random >> 32) % (uint)(replicas.Length - 1))) % replicas.Length;
            var (better, worse) = replicas[first].Ongoing <= replicas[second].Ongoing ? (replicas[first], replicas[second]) : (replicas[second], replicas[first]);
            if (better.TryEnter(limit))
                return better;
            if (worse.TryEnter(limit))
                return worse;
        }

        return Scan(replicas, limit, first, avoid) ?? (avoid is null ? null : Scan(replicas, limit, first, avoid: null));
    }

    private static ReplicaEntry? Scan(ReadOnlySpan<ReplicaEntry> replicas, int limit, int start, IReadOnlyCollection<ReplicaEntry>? avoid)
    {
        for (var i = 0; i < replicas.Length; i++)
        {
            var replica = replicas[(start + i) % replicas.Length];
            if (avoid?.Contains(replica) != true && replica.TryEnter(limit))
                return replica;
        }

        return null;
    }
}
