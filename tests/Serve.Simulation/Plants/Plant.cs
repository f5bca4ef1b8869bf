namespace Serve.Simulation.Plants;

/// <summary>A bug that is put in on purpose, to see whether the simulation finds it.</summary>
internal enum Plant
{
    None,

    /// <summary>Writes don't ask whether the controller still leads.</summary>
    SkipFencing,

    /// <summary>What a replica has reserved is given away as soon as it is told to stop.</summary>
    FreeEarly,

    /// <summary>A replica that drains is forgotten.</summary>
    ForgetDraining,

    /// <summary>A replica that drains stays in the routes.</summary>
    RouteToDraining,

    /// <summary>Nobody wakes a deployment when its back-off is over.</summary>
    LoseWakeup,

    /// <summary>A node that was started anew is taken for the one that it was.</summary>
    TrustOldIncarnation,
}
