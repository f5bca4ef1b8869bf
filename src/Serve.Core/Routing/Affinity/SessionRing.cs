namespace Serve.Routing.Affinity;

/// <summary>
/// Sends the requests of one session to one replica, the same in every process, by consistent hashing with bounded loads (Mirrokni, Thorup,
/// Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2018): each replica has points on a ring, a session goes to the next point after
/// its own, and on from there while the replica has a quarter more than its share of the sessions' requests. When a replica comes or
/// goes, only its share of the sessions moves.
/// </summary>
internal sealed class SessionRing
{
    /// <summary>How far a replica's share may exceed the average.</summary>
    private const double Slack = 1.25;

    /// <summary>So few requests are no load, however few sessions there are.</summary>
    private const int NoLoad = 4;

    /// <summary>The points of all replicas together, about: more of each replica make the shares more even (a deviation of 1/√points).</summary>
    private const int PointsInAll = 128 * 1024;

    private const int MostPointsEach = 160;
    private const int FewestPointsEach = 8;

    private readonly ReplicaEntry[] _replicas;
    private readonly ulong[] _points;
    private readonly int[] _owners;

    public SessionRing(ReplicaEntry[] replicas)
    {
        _replicas = replicas;
        var each = Math.Clamp(PointsInAll / Math.Max(1, replicas.Length), FewestPointsEach, MostPointsEach);
        _points = new ulong[replicas.Length * each];
        _owners = new int[_points.Length];
        for (var i = 0; i < replicas.Length; i++)
        {
            var point = Hash(replicas[i].Id);
            for (var j = 0; j < each; j++)
            {
                point = Mix(point + 0x9E3779B97F4A7C15);
                _points[i * each + j] = point;
                _owners[i * each + j] = i;
            }
        }

        Array.Sort(_points, _owners);
    }

    /// <summary>Takes a slot for a request of a session.</summary>
    /// <param name="session">The session's id.</param>
    /// <param name="avoid">A replica that is not wanted, or null.</param>
    /// <param name="limit">How many requests one replica may have from this router.</param>
    /// <param name="ongoing">The requests of sessions that run now, without this one.</param>
    /// <returns>The replica, or null where none near the session's place has room.</returns>
    public ReplicaEntry? Pick(string session, ReplicaEntry? avoid, int limit, int ongoing)
    {
        if (_replicas.Length == 0)
            return null;
        var bound = Math.Max(NoLoad, (int)Math.Ceiling(Slack * (ongoing + 1) / _replicas.Length));
        var at = Array.BinarySearch(_points, Hash(session));
        if (at < 0)
            at = ~at;
        // Beyond so many points the ring is as good as full, and any replica as good as another.
        const int MaxSteps = 64;
        ReplicaEntry? last = null;
        for (var i = 0; i < Math.Min(MaxSteps, _points.Length); i++)
        {
            var replica = _replicas[_owners[(at + i) % _points.Length]];
            if (replica == last || replica == avoid)
                continue;
            last = replica;
            if (replica.OngoingSessions < bound && replica.TryEnter(limit))
                return replica;
        }

        return null;
    }

    /// <summary>FNV-1a (Fowler, Noll, Vo) over the characters, mixed so that near ids lie far apart. The same in all processes, which string's own hash is not.</summary>
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037;
        foreach (var character in text)
            hash = (hash ^ character) * 1099511628211;
        return Mix(hash);
    }

    /// <summary>The last step of SplitMix64 (Steele, Lea, Flood, 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
