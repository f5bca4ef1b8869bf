using Serve.Identity;
using Serve.Server.Controller;
using Serve.Specs;

namespace Serve.Tests.Server.Controller;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(7, 32)]
    [InlineData(8, 60)]
    [InlineData(1000, 60)]
    public void After_DoublesUpToAMinute_WithinTwentyPercent(int failures, double seconds)
    {
        for (var i = 0; i < 100; i++)
            Backoff.After(failures, new DeploymentId("shop", $"d{i}")).TotalSeconds.ShouldBeInRange(0.8 * seconds, 1.2 * seconds);
    }

    [Fact]
    public void After_DeploymentsThatFailTogether_DontRetryTogether() =>
        Enumerable.Range(0, 50).Select(i => Backoff.After(8, new DeploymentId("shop", $"d{i}"))).Distinct().Count().ShouldBeGreaterThan(40);

    [Fact]
    public void After_SameInputs_SameTime() => Backoff.After(5, States.Api).ShouldBe(Backoff.After(5, States.Api));

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(4, 12)]
    [InlineData(100, 20)]
    public void Budget_IsThreeAttemptsForEachReplicaUpToTwenty(int replicas, int attempts) => Backoff.Budget(new DeploymentSpec { Name = "Api", NumReplicas = replicas }).ShouldBe(attempts);
}
