namespace Serve.Routing;

/// <summary>What a replica's gate says to a request.</summary>
internal enum Admission
{
    /// <summary>It is inside.</summary>
    Entered,

    /// <summary>All slots are taken, or the replica is being reconfigured. The caller hears when there is room.</summary>
    Full,

    /// <summary>The replica takes nothing more.</summary>
    Closed,
}

/// <summary>Somebody whose request was refused.</summary>
internal interface IRefusedCaller
{
    /// <summary>There is room again. Said once after any number of refusals.</summary>
    void OnRoom();
}
