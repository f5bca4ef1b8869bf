using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;

namespace Serve.Tests.Server.Controller.Autoscaling;

public sealed class LoadForecastTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LoadForecast _forecast = new(new ForecastOptions { Period = TimeSpan.FromHours(1), Ahead = TimeSpan.FromMinutes(2), Periods = 2 });

    [Fact]
    public void Ahead_LoadOfEachHour_IsExpectedBeforeItComes()
    {
        PassHours(0, 2, peak: 8);
        _forecast.Ahead(At(2, 20)).ShouldBe(1);
        _forecast.Ahead(At(2, 29)).ShouldBe(8, "at half past it came twice, and that is within two minutes");
        _forecast.Ahead(At(2, 45)).ShouldBe(1);
    }

    [Fact]
    public void Ahead_TooFewPeriodsSeen_ExpectsNothing()
    {
        PassHours(0, 2, peak: 8);
        _forecast.Ahead(At(1, 29)).ShouldBeNull();
    }

    [Fact]
    public void Ahead_LoadThatDoesNotComeAgain_CountsHalfAndThenAQuarter()
    {
        PassHours(0, 2, peak: 9);
        PassHours(2, 3, peak: 1);
        _forecast.Ahead(At(3, 29)).ShouldBe(5);
        PassHours(3, 4, peak: 1);
        _forecast.Ahead(At(4, 29)).ShouldBe(3);
    }

    [Fact]
    public void Note_NothingHappensForLong_TheLastWordHolds()
    {
        _forecast.Note(Begin, 4);
        _forecast.Note(At(3, 0), 4);
        _forecast.Ahead(At(3, 30)).ShouldBe(4);
    }

    private static DateTimeOffset At(int hour, int minute) => Begin.AddHours(hour).AddMinutes(minute);

    /// <summary>One replica is needed all the time, and more for five minutes after half past.</summary>
    private void PassHours(int from, int to, double peak)
    {
        for (var time = At(from, 0); time < At(to, 0); time = time.AddSeconds(5))
            _forecast.Note(time, time.Minute is >= 30 and < 35 ? peak : 1);
    }
}
