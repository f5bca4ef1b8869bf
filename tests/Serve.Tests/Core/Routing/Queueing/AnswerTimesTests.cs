using Serve.Routing.Queueing;

namespace Serve.Tests.Core.Routing.Queueing;

public sealed class AnswerTimesTests
{
    private readonly AnswerTimes _times = new(window: 1000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quantile_AnyTimes_IsRightButForAnEighth(int seed)
    {
        var random = new Random(seed);
        var times = Enumerable.Range(0, 1000).Select(_ => (long)Math.Pow(10, random.NextDouble() * 12)).Order().ToList();
        foreach (var time in times)
            _times.Add(time, waited: 0, now: 0);
        foreach (var share in new[] { 0.1, 0.5, 0.95, 0.99, 1 })
        {
            var exact = times[(int)Math.Ceiling(share * times.Count) - 1];
            ((double)_times.Quantile(share, now: 0)!.Value).ShouldBeInRange(exact / 1.126, exact);
        }
    }

    [Fact]
    public void Quantile_Extremes_AreCounted()
    {
        for (var i = 0; i < 10; i++)
        {
            _times.Add(0, waited: 0, now: 0);
            _times.Add(-5, waited: 0, now: 0);
            _times.Add(long.MaxValue, waited: 0, now: 0);
        }

        _times.Quantile(0.5, now: 0).ShouldBe(0);
        _times.Quantile(1, now: 0)!.Value.ShouldBeGreaterThan(long.MaxValue / 2);
    }

    [Fact]
    public void Quantile_OldTimes_CountNoMore()
    {
        for (var i = 0; i < 100; i++)
            _times.Add(5, waited: 0, now: 0);
        _times.Quantile(0.5, now: 1500).ShouldBe(5);
        _times.Quantile(0.5, now: 4000).ShouldBeNull();
    }

    [Fact]
    public void Quantile_FewAnswers_SayNothing()
    {
        for (var i = 0; i < 19; i++)
            _times.Add(5, waited: 0, now: 0);
        _times.Quantile(0.5, now: 0).ShouldBeNull();
    }
}
