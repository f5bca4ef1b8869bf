using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller.Autoscaling;

/// <summary>One decision after the other, from loads that are made up.</summary>
public sealed class AutoscalerTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AutoscalingSpec Prompt = new()
    {
        MinReplicas = 0,
        MaxReplicas = 100,
        TargetOngoingRequests = 1,
        LookBackPeriod = TimeSpan.FromSeconds(10),
        UpscaleDelay = TimeSpan.Zero,
        DownscaleDelay = TimeSpan.Zero,
    };

    [Theory]
    [InlineData(8, 1, 2, 4)]
    [InlineData(7, 8, 2, 4)]
    [InlineData(8.5, 1, 2, 5)]
    [InlineData(500, 1, 1, 100)]
    public void Decide_SteadyLoad_HasAsManyAsTheTargetOfEachAsksFor(double requests, int target, double each, int expected) =>
        Decide(Prompt with { TargetOngoingRequests = each }, target, FakeLoad.Steady(requests)).After.ShouldBe(expected);

    [Theory]
    [InlineData(2, 1, 4, 16, 28)]
    [InlineData(0.5, 1, 4, 16, 10)]
    [InlineData(1, 0.5, 16, 4, 10)]
    [InlineData(1, 0.01, 16, 4, 15)]
    public void Decide_Factors_BendTheStepAndNeverStopItShortOfItsEnd(double up, double down, int target, double requests, int expected) =>
        Decide(Prompt with { UpscalingFactor = up, DownscalingFactor = down }, target, FakeLoad.Steady(requests)).After.ShouldBe(expected);

    [Fact]
    public void Decide_MoreNeeded_WaitsForItsDelayWithoutABreak()
    {
        var spec = Prompt with { UpscaleDelay = TimeSpan.FromSeconds(5) };
        var clock = new Looks(spec, target: 2);
        clock.Look(0, FakeLoad.Steady(6)).Rule.ShouldBe(ScalingRule.UpDelayed);
        clock.Look(4, FakeLoad.Steady(6)).NextChange.ShouldBe(Begin.AddSeconds(5));
        clock.Look(4.5, FakeLoad.Steady(2)).Rule.ShouldBe(ScalingRule.Enough);
        clock.Look(5, FakeLoad.Steady(6)).Rule.ShouldBe(ScalingRule.UpDelayed, "it was not needed meanwhile, so the delay begins anew");
        clock.Look(10, FakeLoad.Steady(6)).After.ShouldBe(6);
    }

    [Fact]
    public void Decide_NothingToDo_GoesToZeroInTwoStepsWithADelayForEach()
    {
        var spec = Prompt with { DownscaleDelay = TimeSpan.FromSeconds(10), DownscaleToZeroDelay = TimeSpan.FromSeconds(60) };
        var clock = new Looks(spec, target: 5);
        clock.Look(0, LoadFigures.None).Rule.ShouldBe(ScalingRule.DownDelayed);
        clock.Look(10, LoadFigures.None).After.ShouldBe(1);
        clock.Look(11, LoadFigures.None).NextChange.ShouldBe(Begin.AddSeconds(71));
        clock.Look(70.9, LoadFigures.None).After.ShouldBe(1);
        clock.Look(71, LoadFigures.None).After.ShouldBe(0);
    }

    [Fact]
    public void Decide_PauseShorterThanTheDelay_TakesNothingAway()
    {
        var clock = new Looks(Prompt with { DownscaleDelay = TimeSpan.FromSeconds(30) }, target: 4);
        for (var second = 0; second < 300; second++)
            clock.Look(second, second % 25 < 5 ? FakeLoad.Steady(4) : LoadFigures.None).After.ShouldBe(4, $"after {second} s");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(0.5, 1)]
    public void Decide_FromZero_StartsAtOnceWhatTheFactorSaysHoweverManyWait(double factor, int expected)
    {
        var spec = Prompt with { UpscaleDelay = TimeSpan.FromHours(1), UpscalingFactor = factor };
        var decision = Decide(spec, target: 0, FakeLoad.Waiting(1000), running: 0);
        (decision.Rule, decision.After).ShouldBe((ScalingRule.FromZero, expected));
    }

    [Fact]
    public void Decide_FirstReplicaIsSlow_StartsNoOtherMeanwhile()
    {
        var clock = new Looks(Prompt, target: 1) { Running = 0 };
        for (var second = 0; second < 600; second++)
        {
            var decision = clock.Look(second, FakeLoad.Waiting(10 * (second + 1)));
            (decision.Rule, decision.After).ShouldBe((ScalingRule.ColdStart, 1), $"after {second} s");
        }
    }

    [Fact]
    public void Decide_ReplicasStartSlowlyWhileAQueueGrows_TheTargetStays()
    {
        // 20 requests a second of 100 ms for one replica that takes 10 a second: the queue grows by 10 a second until the other one is up.
        var clock = new Looks(Prompt, target: 1) { Running = 1 };
        for (var second = 5; second < 120; second++)
        {
            var queued = 10 * second;
            clock.Look(second, new LoadFigures(1 + (queued / 2.0), 1 + queued, 1, MeanRunning: 1, Arrivals: 20, Completions: 10, Running: 1, queued));
            clock.Running = 1;
            clock.Target.ShouldBeLessThanOrEqualTo((int)Math.Ceiling(1.2 * (2 + (queued / 100.0))), "2 keep up, and the backlog is to be worked off within the window");
        }
    }

    [Fact]
    public void Decide_QueueThatStandsStill_IsLoadOnceAllReplicasAreThere()
    {
        // 20 clients that each wait for their answer before they ask again, and one replica.
        var load = new LoadFigures(20, 20, 20, MeanRunning: 1, Arrivals: 10, Completions: 10, Running: 1, Queued: 19);
        var clock = new Looks(Prompt with { UpscaleDelay = TimeSpan.FromSeconds(5) }, target: 1) { Running = 1 };
        clock.Look(0, load).Needed.ShouldBeLessThan(2);
        clock.Look(2, load).Needed.ShouldBe(20);
        clock.Look(5, load).After.ShouldBe(20);
        clock.Running = 1;
        clock.Look(6, load).After.ShouldBe(20, "those on their way add nothing, and are not taken back");
    }

    [Fact]
    public void Decide_NoiseAroundAWholeNumber_DoesNotFlap()
    {
        var random = new Random(1);
        var clock = new Looks(Prompt, target: 5);
        var changes = 0;
        for (var second = 0; second < 3600; second++)
        {
            var decision = clock.Look(second, Varied(5 + ((random.NextDouble() - 0.5) * 0.6)));
            changes += decision.After == decision.Before ? 0 : 1;
        }

        changes.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Decide_FewerAreJustEnough_TakesThemAwayWhenThatHasLastedForSeveralWindows()
    {
        var clock = new Looks(Prompt, target: 5);
        for (var second = 0; second < 100; second++)
            clock.Look(second, Varied(4)).After.ShouldBe(5, $"after {second} s");
        clock.Look(100, Varied(4)).After.ShouldBe(4);
        clock.Look(101, Varied(2)).After.ShouldBe(3, "far fewer are enough for certain, and one of them is to spare");
    }

    [Fact]
    public void Decide_Bounds_HoldAtOnceWhateverTheLoad()
    {
        var spec = Prompt with { MinReplicas = 2, MaxReplicas = 4, UpscaleDelay = TimeSpan.FromHours(1), DownscaleDelay = TimeSpan.FromHours(1) };
        Decide(spec, target: 1, LoadFigures.None).After.ShouldBe(2);
        Decide(spec, target: 9, FakeLoad.Steady(9)).After.ShouldBe(4);
    }

    [Fact]
    public void Decide_NotEveryNodeHasSpoken_TakesNothingAwayAndMayAdd()
    {
        Decide(Prompt, target: 4, LoadFigures.None, known: false).ShouldSatisfyAllConditions(
            decision => decision.Rule.ShouldBe(ScalingRule.UnknownLoad),
            decision => decision.After.ShouldBe(4));
        Decide(Prompt, target: 4, FakeLoad.Steady(9), known: false).After.ShouldBe(9);
    }

    [Fact]
    public void Decide_Aggregations_TakeWhatTheyAreNamedAfter()
    {
        var load = new LoadFigures(Mean: 3, Max: 8, Min: 1, MeanRunning: 3, Arrivals: 30, Completions: 30, Running: 3, Queued: 0);
        Decide(Prompt with { AggregationFunction = AggregationFunction.max }, 1, load).After.ShouldBe(8);
        Decide(Prompt with { AggregationFunction = AggregationFunction.min }, 5, load).After.ShouldBe(1);
        Decide(Prompt with { AggregationFunction = AggregationFunction.mean }, 1, load).After.ShouldBe(3);
        Decide(Prompt with { AggregationFunction = AggregationFunction.p90 }, 1, load, percentile: 6).After.ShouldBe(6);
    }

    [Fact]
    public void Decide_Policy_ReplacesTheNeedWithinDelaysFactorsAndBounds()
    {
        var spec = Prompt with { UpscaleDelay = TimeSpan.FromSeconds(5), UpscalingFactor = 0.5, MaxReplicas = 6 };
        var clock = new Looks(spec, target: 2) { Wanted = 7.5 };
        clock.Look(0, LoadFigures.None).Rule.ShouldBe(ScalingRule.UpDelayed);
        var decision = clock.Look(5, LoadFigures.None);
        (decision.After, decision.Signal).ShouldBe((5, ScalingSignal.Policy));
        clock.Wanted = 100;
        clock.Look(6, LoadFigures.None);
        clock.Look(11, LoadFigures.None).After.ShouldBe(6);
        clock.Wanted = 0;
        clock.Look(12, LoadFigures.None).After.ShouldBe(1, "to zero in two steps, as without a policy");
    }

    [Fact]
    public void Decide_LatencyOverItsObjective_AddsReplicasOnceThoseThatAreThereHaveHadTheirTime()
    {
        var clock = new Looks(Prompt with { TargetLatencyP95 = TimeSpan.FromSeconds(0.2) }, target: 4) { Running = 4 };
        var slow = FakeLoad.Steady(3.9) with { Mean = 12, Max = 12, LatencyP95 = 0.3 };
        clock.Look(0, slow).After.ShouldBe(4);
        clock.Look(9, slow).After.ShouldBe(4);
        var decision = clock.Look(10, slow);
        (decision.After, decision.Signal).ShouldBe((6, ScalingSignal.Latency));
        clock.Look(11, slow).After.ShouldBe(6, "two of them are new: what 95 of 100 requests take is still of the four");
        clock.Look(30, FakeLoad.Steady(3.9) with { LatencyP95 = 0.15 }).After.ShouldBe(6, "a little under the objective is no reason to take one away");
        clock.Look(31, FakeLoad.Steady(3.9) with { LatencyP95 = 0.05 }).After.ShouldBe(4);
    }

    [Fact]
    public void Decide_LatencyThatNoReplicaCouldMend_AddsNone()
    {
        var clock = new Looks(Prompt with { TargetLatencyP95 = TimeSpan.FromSeconds(0.2) }, target: 4) { Running = 4 };
        var slow = FakeLoad.Steady(3, seconds: 5) with { LatencyP95 = 5 };
        clock.Look(0, slow);
        clock.Look(60, slow).After.ShouldBe(4, "each of the three requests has a replica of its own already");
    }

    [Fact]
    public void Decide_Forecast_KeepsReplicasReady()
    {
        var clock = new Looks(Prompt, target: 1) { Forecast = 5 };
        var decision = clock.Look(0, FakeLoad.Steady(1));
        (decision.After, decision.Signal).ShouldBe((5, ScalingSignal.Forecast));
        clock.Look(60, LoadFigures.None).After.ShouldBe(5);
    }

    /// <summary>A load as chance makes it: now more, now less.</summary>
    private static LoadFigures Varied(double requests) => FakeLoad.Steady(requests) with { Max = requests + 4, Min = 0 };

    private static ScalingDecision Decide(AutoscalingSpec spec, int target, LoadFigures load, int? running = null, bool known = true, double? percentile = null) =>
        new Looks(spec, target) { Running = running ?? target, IsKnown = known, Percentile = percentile }.Look(0, load);

    /// <summary>A deployment that is looked at from time to time; what is decided holds, and all replicas are there at once.</summary>
    private sealed class Looks(AutoscalingSpec spec, int target)
    {
        private ScalingMemory? _memory;

        public int Target { get; private set; } = target;

        public int Running { get; set; } = target;

        public bool IsKnown { get; init; } = true;

        public double? Wanted { get; set; }

        public double? Forecast { get; init; }

        public double? Percentile { get; init; }

        public ScalingDecision Look(double second, LoadFigures load)
        {
            var input = new ScalingInput
            {
                Spec = spec,
                Min = spec.MinReplicas,
                Max = spec.MaxReplicas,
                Running = Running,
                Target = Target,
                Load = load,
                Recent = load,
                Memory = _memory,
                Wanted = Wanted,
                Forecast = Forecast,
                Percentile = Percentile,
                IsLoadKnown = IsKnown,
            };
            (var decision, _memory) = Autoscaler.Decide(input, Begin.AddSeconds(second));
            if (decision.After != decision.Before)
                Running = decision.After;
            Target = decision.After;
            return decision;
        }
    }
}
