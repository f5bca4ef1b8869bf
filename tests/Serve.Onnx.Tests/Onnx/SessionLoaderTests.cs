namespace Serve.Onnx.Tests;

public sealed class SessionLoaderTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData("0.5", 1)]
    [InlineData("1.9", 1)]
    [InlineData("nonsense", 1)]
    public void ThreadsOf_LessThanTwoCoresOrNoStatement_IsOne(string? cpus, int threads) => SessionLoader.ThreadsOf(cpus).ShouldBe(threads);

    [Fact]
    public void ThreadsOf_SeveralCores_IsThemAndNeverMoreThanThereAre()
    {
        SessionLoader.ThreadsOf("2.5").ShouldBe(Math.Min(2, Environment.ProcessorCount));
        SessionLoader.ThreadsOf("100000").ShouldBe(Environment.ProcessorCount);
    }
}
