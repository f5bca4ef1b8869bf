using Serve.Server.Controller.Autoscaling.Policies;

namespace Serve.Tests.Server.Controller.Autoscaling.Policies;

public sealed class MetricSeriesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly MetricSeries _series = new();

    [Fact]
    public void Over_Steps_AreWeightedWithTheirTime()
    {
        _series.Set(Start, 100);
        _series.Set(Start.AddSeconds(10), 1);
        _series.Set(Start.AddSeconds(16), 5);
        var metric = _series.Over(TimeSpan.FromSeconds(8), Start.AddSeconds(18));
        metric.ShouldBe(new RecordedMetric(5, Start.AddSeconds(16), Mean: ((6 * 1) + (2 * 5)) / 8.0, Min: 1, Max: 5));
    }

    [Fact]
    public void Over_ValueOlderThanTheWindow_StillHolds()
    {
        _series.Set(Start, 7);
        _series.Over(TimeSpan.FromSeconds(30), Start.AddHours(1)).ShouldBe(new RecordedMetric(7, Start, 7, 7, 7));
    }

    [Fact]
    public void Over_YoungerThanTheWindow_BeginsWithTheFirstValue()
    {
        _series.Set(Start, 7);
        _series.Over(TimeSpan.FromSeconds(30), Start).Mean.ShouldBe(7);
        _series.Set(Start.AddSeconds(1), 9);
        _series.Over(TimeSpan.FromSeconds(30), Start.AddSeconds(2)).Mean.ShouldBe(8);
    }

    [Fact]
    public void Set_MoreOftenThanIsKept_MeanMinAndMaxStayRight()
    {
        // 1 and 3 in turn every 10 ms, with one 50 in the middle.
        for (var i = 0; i < 2000; i++)
            _series.Set(Start.AddMilliseconds(10 * i), i == 1000 ? 50 : i % 2 == 0 ? 1 : 3);
        var metric = _series.Over(TimeSpan.FromSeconds(30), Start.AddMilliseconds(20_000));
        metric.Mean.ShouldBe(2, tolerance: 0.03);
        (metric.Min, metric.Max, metric.Last).ShouldBe((1, 50, 3));
    }
}
