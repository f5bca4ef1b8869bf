namespace Serve.Simulation.Flapping;

/// <summary>How much to simulate. A request takes a second, so that as many run as come in a second.</summary>
internal sealed record FlappingOptions
{
    public int Fewest { get; init; } = 500;

    public int Most { get; init; } = 2000;

    /// <summary>How often the load goes up and down again.</summary>
    public int Times { get; init; } = 3;

    /// <summary>How long it stays up, and how long down.</summary>
    public TimeSpan Phase { get; init; } = TimeSpan.FromSeconds(15);

    public int Seed { get; init; } = 1;
}

/// <param name="Requests">How many requests there were.</param>
/// <param name="MaxWait">The longest that one waited for a replica.</param>
/// <param name="P99Wait">What 99 of 100 kept under.</param>
/// <param name="ToGone">Requests that were sent to a replica that had ended.</param>
/// <param name="Unanswered">Requests that never got a replica.</param>
/// <param name="Started">Replicas that were started.</param>
/// <param name="Ended">Replicas that ended.</param>
/// <param name="MostReady">The most replicas that were ready at a time.</param>
/// <param name="FewestReady">The fewest, after the load was up for the first time.</param>
/// <param name="LongestStep">How long the controller took for one step, in real time.</param>
internal sealed record FlappingResult(
    int Requests, TimeSpan MaxWait, TimeSpan P99Wait, int ToGone, int Unanswered, int Started, int Ended, int MostReady, int FewestReady, TimeSpan LongestStep);
