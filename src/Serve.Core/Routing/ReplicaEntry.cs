namespace Serve.Routing;

/// <summary>
/// One replica as one router sees it: how many of this router's requests run on it, and whether it was found dead.
/// Lives as long as the replica is in the route table; snapshots come and go around it.
/// </summary>
internal abstract class ReplicaEntry(string id)
{
    private int _ongoing;
    private volatile bool _isDown;
    private volatile bool _isRetired;
    private int _isClosed;

    public string Id { get; } = id;

    /// <summary>The requests of this router that run on the replica now.</summary>
    public int Ongoing => Volatile.Read(ref _ongoing);

    /// <summary>Whether the replica refused a connection a moment ago. A router does not use it meanwhile.</summary>
    public bool IsDown
    {
        get => _isDown;
        set => _isDown = value;
    }

    /// <summary>Takes one of the replica's slots if this router has one left there.</summary>
    public bool TryEnter(int limit)
    {
        if (_isDown)
            return false;
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

    /// <summary>The replica left the route table: running requests finish, then the connections close.</summary>
    public void Retire()
    {
        _isRetired = true;
        Interlocked.MemoryBarrier();
        CloseIfUnused();
    }

    /// <summary>Closes the connections. Runs once, when nothing uses them any more.</summary>
    protected abstract void Close();

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
