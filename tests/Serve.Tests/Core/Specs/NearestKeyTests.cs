using Serve.Specs.Parsing;

namespace Serve.Tests.Core.Specs;

public sealed class NearestKeyTests
{
    [Theory]
    [InlineData("num_replica", "num_replicas")]
    [InlineData("numReplicas", "num_replicas")]
    [InlineData("NUM-REPLICAS", "num_replicas")]
    [InlineData("nmae", "name")]
    [InlineData("max_requests", null)]
    [InlineData("", null)]
    [InlineData("completely_different", null)]
    public void Of_MistypedWord_IsTheKnownOneThatIsClose(string word, string? expected) =>
        NearestKey.Of(word, ["name", "num_replicas", "max_ongoing_requests", "user_config"]).ShouldBe(expected);

    [Fact]
    public void Of_TwoEquallyNear_IsTheFirstByAlphabet() => NearestKey.Of("bat", ["cat", "bad"]).ShouldBe("bad");

    [Fact]
    public void Of_ExactWord_WinsOverItsNeighbours() => NearestKey.Of("port", ["sort", "port", "part"]).ShouldBe("port");

    [Fact]
    public void Distance_OfRandomWords_IsAMetric()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (a, b, c) = (Word(random), Word(random), Word(random));
            NearestKey.Distance(a, a).ShouldBe(0, $"seed {seed}");
            NearestKey.Distance(a, b).ShouldBe(NearestKey.Distance(b, a), $"seed {seed}");
            NearestKey.Distance(a, c).ShouldBeLessThanOrEqualTo(NearestKey.Distance(a, b) + NearestKey.Distance(b, c), $"seed {seed}");
            NearestKey.Distance(a, b).ShouldBeInRange(Math.Abs(a.Length - b.Length), Math.Max(a.Length, b.Length), $"seed {seed}");
        }
    }

    private static string Word(Random random) => new([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)('a' + random.Next(3)))]);
}
