using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

/// <summary>Updates without a surge, as Ray Serve does them, and how many replicas an update may touch at a time.</summary>
public sealed class RolloutWaveTests
{
    [Theory]
    [InlineData(10, 0.2, "r r r r r r r r r r", 2, "1 2")]
    [InlineData(10, 0.2, "r r r r r r r r S S", 0, "")]
    [InlineData(10, 0.2, "r r r r r r r r R S", 1, "1")]
    [InlineData(10, 0.2, "r r r r r r r r R R", 2, "1 2")]
    [InlineData(10, 0.5, "r r r r r r r r r r", 5, "1 2 3 4 5")]
    [InlineData(10, 0.05, "r r r r r r r r r r", 1, "1")]
    [InlineData(1, 0.2, "r", 1, "1")]
    [InlineData(3, 0.2, "r r s", 1, "3")]
    [InlineData(2, 0.2, "r r r r", 0, "3 4")]
    [InlineData(3, 0.2, "x r r", 1, "")]
    [InlineData(2, 0.2, "R R", 0, "")]
    [InlineData(1, 0.2, "R S", 0, "2")]
    public void Plan_WithoutASurge_StopsAWaveAndFillsItsRoom(int wanted, double percentage, string replicas, int start, string stop)
    {
        var plan = Rollout.Plan(WithSpec(wanted, surge: 0, percentage, replicas), Now, mustStay: false, NodeTable.Empty);
        plan.Start.ShouldBe(start);
        string.Join(' ', plan.Stop.Select(replica => replica.Id.Number).Order()).ShouldBe(stop);
    }

    [Theory]
    [InlineData(4, 25, 1)]
    [InlineData(4, 50, 2)]
    [InlineData(4, 100, 4)]
    [InlineData(5, 25, 2)]
    [InlineData(1, 1, 1)]
    public void Plan_WithASurge_StartsItRoundedUp(int wanted, double surge, int start)
    {
        var plan = Rollout.Plan(WithSpec(wanted, surge, 0.2, string.Join(' ', Enumerable.Repeat("r", wanted))), Now, mustStay: false, NodeTable.Empty);
        plan.Start.ShouldBe(start);
        plan.Stop.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_WithoutASurge_NeverTakesMoreThanAWaveOutOfService()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var wanted = random.Next(1, 12);
            var replicas = string.Join(' ', Enumerable.Range(0, random.Next(15)).Select(_ => "RrSsXx"[random.Next(6)]));
            var deployment = WithSpec(wanted, surge: 0, random.NextDouble(), replicas);
            var plan = Rollout.Plan(deployment, Now, mustStay: false, NodeTable.Empty);
            var ready = deployment.Replicas.Values.Count(replica => replica.Phase == ReplicaPhase.Running);
            var left = ready - plan.Stop.Count(replica => replica.Phase == ReplicaPhase.Running);
            left.ShouldBeGreaterThanOrEqualTo(Math.Min(ready, wanted - Rollout.WaveOf(deployment.Target.Spec)), $"seed {seed}");
            var live = deployment.Replicas.Values.Count(replica => replica.Phase != ReplicaPhase.Stopping);
            (live - plan.Stop.Length + plan.Start).ShouldBeLessThanOrEqualTo(Math.Max(live, wanted), $"seed {seed}");
        }
    }

    private static DeploymentState WithSpec(int wanted, double surge, double percentage, string replicas)
    {
        var deployment = Deployment(wanted, RolloutTests.Parse(replicas)) with { HasRun = true };
        var spec = deployment.Target.Spec with { MaxSurgePercent = surge, RollingUpdatePercentage = percentage };
        return deployment with { Target = deployment.Target with { Spec = spec } };
    }
}
