using Serve.Specs.Autoscaling;

namespace Serve.Tests.Core.Specs.Autoscaling;

public sealed class CronExpressionTests
{
    private static readonly TimeZoneInfo Utc = TimeZoneInfo.Utc;

    [Theory]
    [InlineData("0 8 * * *", "2026-01-01T07:59:59Z", "2026-01-01T08:00:00Z")]
    [InlineData("0 8 * * *", "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z")]
    [InlineData("*/15 * * * *", "2026-01-01T08:16:00Z", "2026-01-01T08:30:00Z")]
    [InlineData("30 9-17/4 * * *", "2026-01-01T10:00:00Z", "2026-01-01T13:30:00Z")]
    [InlineData("0 8 * * mon-fri", "2026-01-02T09:00:00Z", "2026-01-05T08:00:00Z")]
    [InlineData("0 0 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T00:00:00Z")]
    [InlineData("0 0 13 * fri", "2026-01-10T00:00:00Z", "2026-01-13T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("0 0 * Feb *", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    public void Next_AfterATime_IsTheFirstThatFits(string text, string after, string expected) =>
        Parse(text).Next(DateTimeOffset.Parse(after), Utc, TimeSpan.FromDays(60)).ShouldBe(DateTimeOffset.Parse(expected));

    [Theory]
    [InlineData("0 8 * * *", "2026-01-01T08:00:00Z", "2026-01-01T08:00:00Z")]
    [InlineData("0 8 * * *", "2026-01-02T07:00:00Z", "2026-01-01T08:00:00Z")]
    [InlineData("0 8 * * mon", "2026-01-04T07:00:00Z", null)]
    public void Last_BeforeATime_IsTheNewestThatIsNotTooFarBack(string text, string at, string? expected) =>
        Parse(text).Last(DateTimeOffset.Parse(at), Utc, TimeSpan.FromDays(3)).ShouldBe(expected is null ? null : DateTimeOffset.Parse(expected));

    [Theory]
    [InlineData("2026-07-01T00:00:00Z", "2026-07-01T06:00:00Z")]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T07:00:00Z")]
    public void Next_InATimeZone_FollowsItsClock(string after, string expected) =>
        Parse("0 8 * * *").Next(DateTimeOffset.Parse(after), Berlin, TimeSpan.FromDays(2)).ShouldBe(DateTimeOffset.Parse(expected));

    [Fact]
    public void Next_TimeThatTheClockLeavesOutInSpring_IsAnHourLater() =>
        Parse("30 2 * * *").Next(DateTimeOffset.Parse("2026-03-29T00:00:00Z"), Berlin, TimeSpan.FromDays(1)).ShouldBe(DateTimeOffset.Parse("2026-03-29T01:30:00Z"));

    [Fact]
    public void Next_TimeThatComesTwiceInAutumn_IsTheFirst() =>
        Parse("30 2 * * *").Next(DateTimeOffset.Parse("2026-10-24T23:00:00Z"), Berlin, TimeSpan.FromDays(1)).ShouldBe(DateTimeOffset.Parse("2026-10-25T00:30:00Z"));

    [Theory]
    [InlineData("0 8 * *", "'0 8 * *' has 4 fields; it must have five")]
    [InlineData("60 8 * * *", "'60' in '60 8 * * *' is no minute")]
    [InlineData("0 8 0 * *", "'0' in '0 8 0 * *' is no day of the month")]
    [InlineData("0 8 * * monday", "'monday' in '0 8 * * monday' is no day of the week")]
    [InlineData("5-1 8 * * *", "'5-1'")]
    [InlineData("*/0 8 * * *", "'*/0'")]
    [InlineData("1/2/3 8 * * *", "'1/2/3'")]
    [InlineData(", 8 * * *", "','")]
    public void Parse_Malformed_NamesTheField(string text, string expected)
    {
        var (cron, problem) = CronExpression.Parse(text);
        cron.ShouldBeNull();
        problem.ShouldNotBeNull().ShouldContain(expected);
    }

    private static TimeZoneInfo Berlin => TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static CronExpression Parse(string text) => CronExpression.Parse(text).Cron!;
}
