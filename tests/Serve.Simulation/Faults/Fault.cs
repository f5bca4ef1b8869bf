namespace Serve.Simulation.Faults;

/// <summary>What can go wrong in a simulated cluster.</summary>
internal enum Fault
{
    /// <summary>A worker's process ends by itself.</summary>
    WorkerCrash,

    /// <summary>A worker fails its health checks.</summary>
    WorkerIll,

    /// <summary>A start takes long.</summary>
    SlowStart,

    /// <summary>A version's starts fail, always or sometimes.</summary>
    FailingStart,

    /// <summary>A version's starts never come to an end by themselves.</summary>
    HangingStart,

    /// <summary>A program can't be described.</summary>
    DescribeFailure,

    /// <summary>Replicas refuse their settings.</summary>
    RefusedSettings,

    /// <summary>A message reaches the controller only when everything is read again.</summary>
    LostMessage,

    /// <summary>A message takes seconds.</summary>
    DelayedMessage,

    /// <summary>A message comes again later.</summary>
    DuplicatedMessage,

    /// <summary>Messages overtake each other.</summary>
    ReorderedMessage,

    /// <summary>A watch ends, and what it missed must be read.</summary>
    WatchBreak,

    /// <summary>The store refuses a request.</summary>
    StoreFailure,

    /// <summary>The store says no and has done it, or does it later.</summary>
    StoreAmbiguity,

    /// <summary>A request takes seconds.</summary>
    StoreSlow,

    /// <summary>The leader's key goes while the leader lives and writes.</summary>
    LeaderLoss,

    /// <summary>A controller's process ends.</summary>
    ControllerCrash,

    /// <summary>A machine goes with all that it runs, and comes back later.</summary>
    NodeLoss,

    /// <summary>A node agent ends, and a new one starts before its lease is over; the workers follow it a little later.</summary>
    AgentRestart,

    /// <summary>A machine can't reach the store: its lease ends while its workers run on.</summary>
    Partition,

    /// <summary>A machine's clock is set to another time.</summary>
    ClockJump,
}
