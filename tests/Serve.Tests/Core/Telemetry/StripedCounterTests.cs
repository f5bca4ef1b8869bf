using Serve.Telemetry;

namespace Serve.Tests.Core.Telemetry;

public sealed class StripedCounterTests
{
    [Fact]
    public void Value_AfterAddsFromManyThreads_IsTheirSum()
    {
        var counter = new StripedCounter();
        Parallel.For(0, 10_000, i => counter.Add(i % 2 == 0 ? 3 : -1));
        counter.Value.ShouldBe(10_000);
    }
}
