namespace Serve.Routing;

/// <summary>Times of a router are timestamps of its clock, which cost less than dates.</summary>
internal static class RouterClock
{
    /// <summary>A length of time in ticks of the clock's timestamps, at least one.</summary>
    public static long TicksOf(this TimeProvider timeProvider, TimeSpan time) => Math.Max(1, (long)(time.TotalSeconds * timeProvider.TimestampFrequency));
}
