namespace Serve.Routing;

/// <summary>Someone whom a full gate refused, for instance a connection to a router.</summary>
internal interface IRoomListener
{
    /// <summary>There is room. Said once after a refusal; must not block or throw, and promises no slot: another may be quicker.</summary>
    void OnRoom();
}

/// <summary>What a gate answers.</summary>
internal enum Admission
{
    Entered,

    /// <summary>All slots are taken; the listener will be told.</summary>
    Full,

    /// <summary>The gate is closed for good.</summary>
    Closed,
}
