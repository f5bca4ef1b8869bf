namespace Serve;

/// <summary>How urgent an item of a batch is: what the method returns that <see cref="BatchAttribute.PriorityOf"/> names.</summary>
/// <param name="Level">
/// From 0, the most urgent, to <see cref="Lowest"/>. Each level gets twice the places in batches that the next one gets, while both have items waiting; an item rises by one level for
/// each second that it waits, so that none waits for ever.
/// </param>
public readonly record struct BatchPriority(int Level)
{
    /// <summary>The least urgent level.</summary>
    public const int Lowest = 15;

    /// <summary>After which wait an item comes behind all others, a level below the lowest, from which it rises again; zero: never.</summary>
    public TimeSpan LateAfter { get; init; }
}
