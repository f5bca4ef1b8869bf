namespace Serve.Batching;

/// <summary>How urgent items are at a moment: they rise while they wait.</summary>
/// <param name="now">The clock.</param>
/// <param name="frequency">Its ticks of a second.</param>
internal readonly struct BatchUrgency(long now, long frequency)
{
    /// <summary>The level of those that have waited for longer than they were to.</summary>
    public const int Late = BatchPriority.Lowest + 1;

    public const int Levels = Late + 1;

    public bool IsLate(BatchPriority priority, long since) => priority.LateAfter > TimeSpan.Zero && now - since >= TicksOf(priority.LateAfter);

    /// <summary>The level of an item, which rises by one for each second that it waits, and again from the last one for each second that it is late.</summary>
    public int LevelOf(BatchPriority priority, long since)
    {
        var (level, from) = IsLate(priority, since) ? (Late, since + TicksOf(priority.LateAfter)) : (priority.Level, since);
        var risen = Math.Max(0, now - from) / frequency;
        return risen >= level ? 0 : level - (int)risen;
    }

    private long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * frequency);
}
