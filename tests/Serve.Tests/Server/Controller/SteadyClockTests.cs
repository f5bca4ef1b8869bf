using Serve.Server.Controller;

namespace Serve.Tests.Server.Controller;

public sealed class SteadyClockTests
{
    [Fact]
    public void Now_WallClockIsSetBackAndForth_GoesOnWithWhatHasPassed()
    {
        var time = new SettableTime();
        var clock = new SteadyClock(time);
        var begin = clock.Now;
        begin.ShouldBe(time.Wall);
        time.Wall -= TimeSpan.FromHours(1);
        time.Passed = TimeSpan.FromSeconds(10);
        clock.Now.ShouldBe(begin + TimeSpan.FromSeconds(10));
        time.Wall += TimeSpan.FromDays(2);
        clock.Now.ShouldBe(begin + TimeSpan.FromSeconds(10));
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
