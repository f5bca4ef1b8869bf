using Serve.Server.Controller.Scheduling;
using Serve.Testing;

namespace Serve.Tests.Server.Controller.Scheduling;

public sealed class CompactionTimerTests
{
    [Fact]
    public async Task Timer_PeriodsPass_AsksOncePerPeriodUntilItEnds()
    {
        var clock = new ManualTimeProvider();
        var asked = 0;
        await using (new CompactionTimer(TimeSpan.FromMinutes(1), _ => Ask(), clock))
        {
            clock.Advance(TimeSpan.FromSeconds(59));
            asked.ShouldBe(0);
            for (var period = 1; period <= 3; period++)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                await Eventually.TrueAsync(() => Volatile.Read(ref asked) == period);
            }
        }

        clock.Advance(TimeSpan.FromMinutes(10));
        asked.ShouldBe(3);

        ValueTask Ask()
        {
            Interlocked.Increment(ref asked);
            return ValueTask.CompletedTask;
        }
    }
}
