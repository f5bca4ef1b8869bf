using Serve.Onnx.Engine;

namespace Serve.Onnx.Tests;

public sealed class EngineThreadsTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData("0.5", 1)]
    [InlineData("1.9", 1)]
    [InlineData("nonsense", 1)]
    public void CountOf_LessThanTwoCoresOrNoStatement_IsOne(string? cpus, int threads) => EngineThreads.CountOf(cpus).ShouldBe(threads);

    [Fact]
    public void CountOf_SeveralCores_IsThemAndNeverMoreThanThereAre()
    {
        EngineThreads.CountOf("2.5").ShouldBe(Math.Min(2, Environment.ProcessorCount));
        EngineThreads.CountOf("100000").ShouldBe(Environment.ProcessorCount);
    }
}
