using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

public sealed class RolloutTests
{
    [Theory]
    [InlineData(3, "", 3, "")]
    [InlineData(3, "R R R", 0, "")]
    [InlineData(3, "R S", 1, "")]
    [InlineData(3, "R X", 2, "")]
    [InlineData(1, "R R R", 0, "2 3")]
    [InlineData(2, "R S S", 0, "3")]
    [InlineData(1, "S R", 0, "1")]
    [InlineData(4, "r r r r", 1, "")]
    [InlineData(8, "r r r r r r r r", 2, "")]
    [InlineData(2, "r r R", 0, "1")]
    [InlineData(2, "r r S", 0, "")]
    [InlineData(2, "r s", 1, "2")]
    [InlineData(1, "r R", 0, "1")]
    [InlineData(2, "r r r r r", 0, "1 2 3")]
    [InlineData(2, "r x R", 1, "")]
    public void Plan_CapitalsAreCurrentAndSmallOnesOutdated(int wanted, string replicas, int start, string stop)
    {
        var plan = Rollout.Plan(Deployment(wanted, Parse(replicas)), Now, mustStay: false, NodeTable.Empty);
        plan.Start.ShouldBe(start);
        string.Join(' ', plan.Stop.Select(replica => replica.Id.Number).Order()).ShouldBe(stop);
    }

    [Fact]
    public void Plan_BackOffIsNotOver_StartsNothing() => Rollout.Plan(Deployment(3) with { NextStartAt = Now.AddSeconds(1) }, Now, mustStay: false, NodeTable.Empty).Start.ShouldBe(0);

    [Fact]
    public void Plan_FirstStartFailed_TriesOneAtATime()
    {
        Rollout.Plan(Deployment(3) with { Failures = 1 }, Now, mustStay: false, NodeTable.Empty).Start.ShouldBe(1);
        Rollout.Plan(Deployment(3, Parse("S")) with { Failures = 1 }, Now, mustStay: false, NodeTable.Empty).Start.ShouldBe(0);
        Rollout.Plan(Deployment(3) with { Failures = 1, HasRun = true }, Now, mustStay: false, NodeTable.Empty).Start.ShouldBe(3);
    }

    [Fact]
    public void Plan_Deleting_StopsAllUnlessTheyMustStay()
    {
        var deployment = Deployment(2, Parse("R S x")) with { IsDeleting = true };
        Rollout.Plan(deployment, Now, mustStay: false, NodeTable.Empty).Stop.Length.ShouldBe(2);
        Rollout.Plan(deployment, Now, mustStay: true, NodeTable.Empty).Stop.ShouldBeEmpty();
        Rollout.Plan(deployment, Now, mustStay: false, NodeTable.Empty).Start.ShouldBe(0);
    }

    [Fact]
    public void Plan_RandomReplicas_NeverTakesReadyOnesBelowTheDeclaredNumber()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var wanted = random.Next(1, 7);
            var replicas = Parse(string.Join(' ', Enumerable.Range(0, random.Next(12)).Select(_ => "RrSsXx"[random.Next(6)])));
            var plan = Rollout.Plan(Deployment(wanted, replicas), Now, mustStay: false, NodeTable.Empty);
            var ready = replicas.Count(replica => replica.Phase == ReplicaPhase.Running);
            var stopped = plan.Stop.Count(replica => replica.Phase == ReplicaPhase.Running);
            (ready - stopped).ShouldBeGreaterThanOrEqualTo(Math.Min(ready, wanted), $"seed {seed}");
            plan.Stop.ShouldAllBe(replica => replica.Phase != ReplicaPhase.Stopping, $"seed {seed}");
            var live = replicas.Count(replica => replica.Phase != ReplicaPhase.Stopping);
            (live - plan.Stop.Length + plan.Start).ShouldBeLessThanOrEqualTo(Math.Max(live, wanted + Math.Max(1, (int)Math.Ceiling(wanted / 4.0))), $"seed {seed}");
        }
    }

    [Fact]
    public void Plan_CarriedOutStepByStep_GetsToTheTarget()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var wanted = random.Next(1, 7);
            var replicas = Parse(string.Join(' ', Enumerable.Range(0, random.Next(12)).Select(_ => "RrSs"[random.Next(4)])));
            for (var step = 0; !IsThere(replicas, wanted); step++)
            {
                step.ShouldBeLessThan(100, $"seed {seed} does not end");
                var plan = Rollout.Plan(Deployment(wanted, replicas), Now, mustStay: false, NodeTable.Empty);
                replicas = [.. replicas.Except(plan.Stop)];
                var next = replicas.Select(replica => replica.Id.Number).DefaultIfEmpty().Max() + 1;
                replicas.AddRange(Enumerable.Range(0, plan.Start).Select(i => AReplica(next + i, ReplicaPhase.Starting)));
                if (replicas.FindIndex(replica => replica is { Phase: ReplicaPhase.Starting, Version: Current }) is >= 0 and var starting)
                    replicas[starting] = replicas[starting] with { Phase = ReplicaPhase.Running };
            }
        }

        static bool IsThere(List<ReplicaState> replicas, int wanted) =>
            replicas.Count == wanted && replicas.All(replica => replica is { Phase: ReplicaPhase.Running, Version: Current });
    }

    /// <summary>R ready, S starting, X stopping; small letters are of the old version. Numbered from 1.</summary>
    internal static List<ReplicaState> Parse(string replicas) => [.. replicas.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((letter, i) => AReplica(
        i + 1,
        char.ToUpperInvariant(letter[0]) switch { 'R' => ReplicaPhase.Running, 'S' => ReplicaPhase.Starting, _ => ReplicaPhase.Stopping },
        char.IsUpper(letter[0]) ? Current : Old))];
}
