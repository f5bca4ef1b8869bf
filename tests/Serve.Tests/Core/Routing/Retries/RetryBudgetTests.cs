using Serve.Routing.Retries;
using Serve.Testing;

namespace Serve.Tests.Core.Routing.Retries;

public sealed class RetryBudgetTests
{
    private static readonly RetryRules Rules = new() { BudgetShare = 0.2, BudgetMinPerSecond = 1 };

    private readonly ManualTimeProvider _clock = new();
    private readonly RetryBudget _budget;

    public RetryBudgetTests()
    {
        _budget = new RetryBudget(_clock);
    }

    [Fact]
    public void TryTake_NoRequests_TheSmallNumberPerSecondOnly() => TakeAll().ShouldBe(10);

    [Fact]
    public void TryTake_ManyRequests_TheirShareToo()
    {
        Request(1000);
        TakeAll().ShouldBe(200 + 10);
    }

    [Fact]
    public void TryTake_EverythingFails_RepeatsStayAShareOfTheRequests()
    {
        var (requests, repeats) = (0, 0);
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 100; i++)
            {
                Request(1);
                requests++;
                while (_budget.TryTake(Rules))
                    repeats++;
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        repeats.ShouldBeInRange((int)(requests * 0.2), (int)(requests * 0.2) + 60 + 10);
    }

    [Fact]
    public void TryTake_RequestsOfLongAgo_CountNoMore()
    {
        Request(1000);
        _clock.Advance(TimeSpan.FromSeconds(11));
        TakeAll().ShouldBe(10);
        _clock.Advance(TimeSpan.FromMinutes(10));
        TakeAll().ShouldBe(10);
    }

    private void Request(int count)
    {
        for (var i = 0; i < count; i++)
            _budget.OnRequest();
    }

    private int TakeAll()
    {
        var taken = 0;
        while (_budget.TryTake(Rules))
            taken++;
        return taken;
    }
}
