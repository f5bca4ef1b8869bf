namespace Serve.Simulation.World;

/// <summary>One run of a process that talks to the store: what it asked for reaches the store after its end, but no answer reaches it.</summary>
/// <param name="name">Who it is.</param>
/// <param name="isController">Whether its writes must be those of the leader.</param>
internal sealed class Session(string name, bool isController)
{
    public string Name => name;

    public bool IsController => isController;

    public bool IsAlive { get; private set; } = true;

    /// <summary>Whether it can't reach the store now.</summary>
    public bool IsCut { get; set; }

    /// <summary>The revision of the leader's key that it wrote last, or 0.</summary>
    public long LedAs { get; set; }

    /// <summary>Whether the lease by which it leads is over: it can't take the lead any more.</summary>
    public bool IsExpired { get; set; }

    public void End() => IsAlive = false;
}
