namespace Serve.Simulation.World;

/// <summary>The clocks of one machine: the steady one is simulated time, the one on the wall can be set.</summary>
internal sealed class MachineTime(Timeline timeline) : TimeProvider
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the clock on the wall has been set off.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Begin + timeline.Now + Offset;

    public override long GetTimestamp() => timeline.Now.Ticks;
}
