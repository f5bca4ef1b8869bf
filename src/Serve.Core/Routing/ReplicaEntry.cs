using Serve.Routing.Outliers;

namespace Serve.Routing;

/// <summary>
/// One replica as one router sees it: how many of this router's requests run on it, what it says of its load, and whether it may be used.
/// Lives as long as the replica is in the route table; snapshots come and go around it.
/// </summary>
internal abstract class ReplicaEntry(string id)
{
    private int _ongoing;
    private int _blocks;
    private int _timesFreed;
    private int _ongoingSessions;
    private volatile bool _isOnTrial;
    private int _others;
    private long _othersAt;
    private volatile IReadOnlyList<string> _models = [];
    private volatile bool _isRetired;
    private int _isClosed;

    public string Id { get; } = id;

    /// <summary>The requests of this router that run on the replica now.</summary>
    public int Ongoing => Volatile.Read(ref _ongoing);

    /// <summary>Whether the replica refused a connection a moment ago. A router does not use it meanwhile.</summary>
    public bool IsDown
    {
        get => Has(ReplicaBlock.Down);
        set => Set(ReplicaBlock.Down, value);
    }

    /// <summary>Whether the replica refused a request because it was full, and has not said since that it has room.</summary>
    public bool IsFull => Has(ReplicaBlock.Full);

    /// <summary>Whether the replica did so much worse than its peers that it is left out for a while.</summary>
    public bool IsEjected
    {
        get => Has(ReplicaBlock.Ejected);
        set => Set(ReplicaBlock.Ejected, value);
    }

    /// <summary>Whether the replica was left out a moment ago, and gets one request at a time until it has shown that it is well.</summary>
    public bool IsOnTrial
    {
        get => _isOnTrial;
        set
        {
            _isOnTrial = value;
            Router?.Refresh(this);
        }
    }

    /// <summary>What was seen of its answers.</summary>
    public ReplicaHealth Health { get; } = new();

    /// <summary>This router's requests on the replica that belong to sessions.</summary>
    public int OngoingSessions => Volatile.Read(ref _ongoingSessions);

    /// <summary>How many models the replica holds or is about to load.</summary>
    public int ModelCount { get; set; }

    /// <summary>The multiplexed models that the replica holds, as far as it said.</summary>
    public IReadOnlyList<string> Models => _models;

    /// <summary>How often the replica said that it has room again.</summary>
    public int TimesFreed => Volatile.Read(ref _timesFreed);

    /// <summary>The router whose replica this is, once it is in use.</summary>
    internal DeploymentRouter? Router { get; set; }

    /// <summary>How near the replica is: 0 on this node, 1 in this zone, 2 elsewhere.</summary>
    internal int Tier { get; set; }

    /// <summary>Where the entry stands among those with room, or −1. Written under the picker's lock.</summary>
    internal int Position { get; set; } = -1;

    /// <summary>Takes one of the replica's slots if this router has one left there.</summary>
    public bool TryEnter(int limit)
    {
        if (Volatile.Read(ref _blocks) != 0)
            return false;
        limit = LimitNow(limit);
        var ongoing = Volatile.Read(ref _ongoing);
        while (ongoing < limit)
        {
            var seen = Interlocked.CompareExchange(ref _ongoing, ongoing + 1, ongoing);
            if (seen == ongoing)
                return !_isRetired || Leave();
            ongoing = seen;
        }

        return false;
    }

    /// <summary>Takes a place, whether there is a slot left or not.</summary>
    /// <returns>False where the replica has left the route table.</returns>
    public bool TryHold()
    {
        Interlocked.Increment(ref _ongoing);
        return !_isRetired || Leave();
    }

    public void Exit() => Leave();

    /// <summary>Whether <see cref="TryEnter"/> would succeed now.</summary>
    public bool HasRoom(int limit) => Volatile.Read(ref _blocks) == 0 && !_isRetired && Ongoing < LimitNow(limit);

    /// <summary>What it would cost to send one more request, for comparison: the load with it, and more where the replica does worse than others.</summary>
    /// <param name="now">The router's clock.</param>
    /// <param name="halfLife">After how many of its ticks word of others counts half.</param>
    public float CostAt(long now, long halfLife) => (LoadAt(now, halfLife) + 1) * Health.Penalty;

    public void EnterSession() => Interlocked.Increment(ref _ongoingSessions);

    public void LeaveSession() => Interlocked.Decrement(ref _ongoingSessions);

    /// <summary>How busy the replica is: this router's requests, and those of others as far as it is known and fresh.</summary>
    /// <param name="now">The router's clock.</param>
    /// <param name="halfLife">After how many of its ticks word of others counts half.</param>
    public int LoadAt(long now, long halfLife)
    {
        var others = Volatile.Read(ref _others);
        if (others == 0)
            return Ongoing;
        var halvings = Math.Max(0, now - Volatile.Read(ref _othersAt)) / halfLife;
        return Ongoing + (halvings >= 31 ? 0 : others >> (int)halvings);
    }

    /// <summary>The replica said with an answer how many requests it works on, whoever sent them.</summary>
    public void OnLoad(int total)
    {
        Volatile.Write(ref _others, Math.Max(0, total - Ongoing));
        if (Router is not { } router)
            return;
        Volatile.Write(ref _othersAt, router.Now);
        if (IsFull && total < router.Replicas.MaxOngoingRequests)
            Set(ReplicaBlock.Full, value: false);
    }

    /// <summary>The replica refused a request because it is full.</summary>
    /// <param name="timesFreed"><see cref="TimesFreed"/> before the request was sent.</param>
    public void MarkFull(int timesFreed)
    {
        // First the mark, then the look: word of room that comes meanwhile is seen either here or takes the mark away itself.
        Set(ReplicaBlock.Full, value: true);
        if (TimesFreed != timesFreed)
            Set(ReplicaBlock.Full, value: false);
    }

    /// <summary>The replica has room again, or its connections ended and it is not known any more that it has none.</summary>
    public void OnFree()
    {
        Interlocked.Increment(ref _timesFreed);
        Set(ReplicaBlock.Full, value: false);
    }

    /// <summary>The replica finishes what it has and takes nothing new.</summary>
    public void OnDraining() => Set(ReplicaBlock.Draining, value: true);

    /// <summary>The replica told something unasked.</summary>
    /// <param name="kind">One of <see cref="ReplicaNotice"/>; others are left alone, so that newer replicas may say more.</param>
    /// <param name="blob">What it told.</param>
    /// <exception cref="FormatException">It can't be read.</exception>
    public void OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
        if (kind == ReplicaNotice.HeldModels)
            OnModels(ReplicaNotice.ReadModels(blob));
    }

    /// <summary>The replica holds exactly these models now.</summary>
    public void OnModels(IReadOnlyList<string> models)
    {
        _models = models;
        Router?.OnModels(this, models);
    }

    /// <summary>The replica left the route table: running requests finish, then the connections close.</summary>
    public void Retire()
    {
        _isRetired = true;
        Interlocked.MemoryBarrier();
        CloseIfUnused();
    }

    /// <summary>Closes the connections. Runs once, when nothing uses them any more.</summary>
    protected abstract void Close();

    private bool Has(ReplicaBlock block) => (Volatile.Read(ref _blocks) & (int)block) != 0;

    private void Set(ReplicaBlock block, bool value)
    {
        var before = value ? Interlocked.Or(ref _blocks, (int)block) : Interlocked.And(ref _blocks, ~(int)block);
        if ((before & (int)block) != 0 != value)
            Router?.Refresh(this);
    }

    private int LimitNow(int limit) => _isOnTrial ? Math.Min(limit, 1) : limit;

    private bool Leave()
    {
        Interlocked.Decrement(ref _ongoing);
        if (_isRetired)
            CloseIfUnused();
        return false;
    }

    private void CloseIfUnused()
    {
        if (Ongoing == 0 && Interlocked.Exchange(ref _isClosed, 1) == 0)
            Close();
    }
}

/// <summary>Why a replica takes no requests of a router now.</summary>
[Flags]
internal enum ReplicaBlock
{
    None = 0,
    Down = 1,
    Full = 2,
    Draining = 4,
    Ejected = 8,
}
