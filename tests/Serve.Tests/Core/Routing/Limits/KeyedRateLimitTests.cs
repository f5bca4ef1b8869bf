using Serve.Routing.Limits;
using Serve.Specs.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing.Limits;

public sealed class KeyedRateLimitTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void TryTake_Burst_ThenOnePerInterval()
    {
        var limit = Limit(rate: 10, burst: 5);
        Take(limit, "a", 20).ShouldBe(5);
        for (var i = 0; i < 50; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.1));
            Take(limit, "a", 3).ShouldBe(1, $"after {i} intervals");
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        Take(limit, "a", 20).ShouldBe(5);
    }

    [Fact]
    public void TryTake_Refused_SaysWhenTheNextMayCome()
    {
        var limit = Limit(rate: 0.5, burst: 1);
        limit.TryTake("a").ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        limit.TryTake("a").ShouldBe(TimeSpan.FromSeconds(1.5));
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        limit.TryTake("a").ShouldBeNull();
    }

    [Fact]
    public void TryTake_OtherKey_HasItsOwnShare()
    {
        var limit = Limit(rate: 1, burst: 2);
        Take(limit, "a", 5).ShouldBe(2);
        Take(limit, "b", 5).ShouldBe(2);
    }

    [Fact]
    public void TryTake_NoBurstGiven_IsThatOfASecond()
    {
        Take(Limit(rate: 7, burst: null), "a", 20).ShouldBe(7);
        Take(Limit(rate: 0.2, burst: null), "a", 20).ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryTake_AnyHistory_NeverMoreThanRateAndBurstInAnyWindow(int seed)
    {
        var random = new Random(seed);
        var (rate, burst) = (random.Next(1, 50), random.Next(1, 20));
        var limit = Limit(rate, burst);
        var taken = new List<double>();
        var now = 0.0;
        for (var i = 0; i < 3000; i++)
        {
            var pause = random.Next(10) == 0 ? random.NextDouble() : random.NextDouble() / 100;
            _clock.Advance(TimeSpan.FromSeconds(pause));
            now += pause;
            if (limit.TryTake("a") is null)
                taken.Add(now);
        }

        for (var i = 0; i < taken.Count; i++)
        {
            for (var j = i; j < Math.Min(i + 200, taken.Count); j++)
                (j - i + 1).ShouldBeLessThanOrEqualTo((int)Math.Ceiling(burst + ((taken[j] - taken[i]) * rate) + 0.01));
        }
    }

    [Fact]
    public void TryTake_KeysThatPaused_AreForgottenForNewOnes()
    {
        var limit = Limit(rate: 10, burst: 1, maxKeys: 100);
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 100; i++)
                limit.TryTake($"{round} {i}").ShouldBeNull();
            _clock.Advance(TimeSpan.FromSeconds(2));
        }

        limit.Count.ShouldBeLessThanOrEqualTo(100);
    }

    [Fact]
    public void TryTake_MoreBusyKeysThanCanBeKept_NewOnesShareOneBucket()
    {
        var limit = Limit(rate: 0.01, burst: 2, maxKeys: 100);
        for (var i = 0; i < 100; i++)
            limit.TryTake($"k{i}").ShouldBeNull();
        Enumerable.Range(0, 1000).Count(i => limit.TryTake($"new {i}") is null).ShouldBe(2);
        limit.Count.ShouldBe(100);
        limit.TryTake("k5").ShouldBeNull();
    }

    [Fact]
    public async Task TryTake_ManyThreads_TakeExactlyTheBurst()
    {
        var limit = Limit(rate: 1, burst: 500);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Take(limit, "a", 400))));
        taken.Sum().ShouldBe(500);
    }

    [Fact]
    public void Check_Refused_SaysWhatTheLimitIsAndWhenToTryAgain()
    {
        var limit = Limit(rate: 0.5, burst: 1);
        limit.Check("a");
        var error = Should.Throw<ServeException>(() => limit.Check("a"));
        error.Error.ShouldBe(ServeError.RateLimited);
        error.Message.ShouldBe("Too many requests: the application takes 0.5 per second of each client address (rate_limit). Try again in 2 s.");
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(2));
    }

    private KeyedRateLimit Limit(double rate, int? burst, int maxKeys = KeyedRateLimit.MaxKeys) =>
        new(new RateLimitSpec { RequestsPerSecond = rate, Burst = burst }, _clock, maxKeys);

    private static int Take(KeyedRateLimit limit, string key, int attempts) => Enumerable.Range(0, attempts).Count(_ => limit.TryTake(key) is null);
}
