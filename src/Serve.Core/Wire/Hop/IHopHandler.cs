namespace Serve.Wire.Hop;

/// <summary>What a server does with the streams that clients open.</summary>
internal interface IHopHandler
{
    /// <summary>The requests that the replica has, sent along with each answer.</summary>
    int Load { get; }

    /// <summary>A client opened a stream. Runs on the connection's read loop: accept or refuse it here and do the work elsewhere; must neither block nor throw.</summary>
    void OnOpen(HopStream stream);
}

/// <summary>What a client learns of a peer beside the answers. Runs on a connection's read loop: must neither block nor throw.</summary>
internal interface IHopClientEvents
{
    /// <summary>How many requests the replica has, by its own count.</summary>
    void OnLoad(int ongoing);

    /// <summary>After a refusal: there is room again.</summary>
    void OnFree();

    /// <summary>The peer says something of its own.</summary>
    void OnNotice(byte kind, ReadOnlySpan<byte> blob);

    /// <summary>The peer will go; it finishes what it has.</summary>
    void OnDraining();

    /// <summary>A connection ended. What it had noted of this client, a wish to be told of free slots for instance, is gone with it.</summary>
    void OnLost();
}
