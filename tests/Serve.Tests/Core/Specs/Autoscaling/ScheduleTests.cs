using Serve.Specs.Autoscaling;

namespace Serve.Tests.Core.Specs.Autoscaling;

/// <summary>Bounds that depend on the hour.</summary>
public sealed class ScheduleTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AutoscalingOptions Options = new()
    {
        MinReplicas = 1,
        MaxReplicas = 4,
        Schedules =
        [
            new ScheduleOptions { Cron = "0 8 * * *", Duration = TimeSpan.FromHours(10), MinReplicas = 3, MaxReplicas = 10 },
            new ScheduleOptions { Cron = "0 12 * * *", Duration = TimeSpan.FromHours(1), MinReplicas = 4 },
        ],
    };

    private static readonly AutoscalingSpec Spec = AutoscalingSpec.From(Options, isAuto: false);

    [Theory]
    [InlineData(7.99, 1, 4)]
    [InlineData(8, 3, 10)]
    [InlineData(12.5, 4, 4)]
    [InlineData(13, 3, 10)]
    [InlineData(17.99, 3, 10)]
    [InlineData(18, 1, 4)]
    public void At_InAndOutOfWindows_LastOneThatHoldsCounts(double hour, int min, int max) =>
        Spec.At(TargetCapacity.Whole, Midnight.AddHours(hour)).ShouldBe((min, max));

    [Fact]
    public void At_ShareOfTheCapacity_IsOfTheWindowsBounds() =>
        Spec.At(new TargetCapacity(50, CapacityDirection.Down), Midnight.AddHours(9)).ShouldBe((2, 5));

    [Theory]
    [InlineData(0, 8)]
    [InlineData(9, 12)]
    [InlineData(12.5, 13)]
    [InlineData(13.5, 18)]
    public void NextChange_IsWhenAWindowBeginsOrEnds(double hour, double next) =>
        Spec.Schedules.NextChange(Midnight.AddHours(hour)).ShouldBe(Midnight.AddHours(next));

    [Fact]
    public void Spec_OfTheSameOptions_IsEqual()
    {
        var again = AutoscalingSpec.From(Options with { Schedules = [.. Options.Schedules] }, isAuto: false);
        again.ShouldBe(Spec);
        again.GetHashCode().ShouldBe(Spec.GetHashCode());
        AutoscalingSpec.From(Options with { Schedules = [Options.Schedules[0]] }, isAuto: false).ShouldNotBe(Spec);
    }

    [Fact]
    public void WhatIsWrong_NamesTheWindowAndTheKey()
    {
        var options = Options with
        {
            Schedules =
            [
                new ScheduleOptions { Cron = "0 8 * *", MinReplicas = 1 },
                new ScheduleOptions { Cron = "0 8 * * *", TimeZone = "Atlantis", MinReplicas = 1 },
                new ScheduleOptions { Cron = "0 8 * * *" },
                new ScheduleOptions { Cron = "0 8 * * *", MinReplicas = 5 },
            ],
        };
        options.WhatIsWrong(isAuto: false).Select(wrong => wrong.Key).ShouldBe(["schedules[0].cron", "schedules[1].timezone", "schedules[2].min_replicas", "schedules[3].min_replicas"]);
        options.WhatIsWrong(isAuto: false).Last().Message.ShouldBe("in the window the fewest would be 5 and the most 4; give it both bounds.");
        (Options with { Schedules = [.. Enumerable.Repeat(Options.Schedules[0], 51)] }).WhatIsWrong(isAuto: false).Single().Message.ShouldBe("there are 51 windows; the most is 50.");
    }
}
