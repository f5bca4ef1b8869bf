using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;

namespace Serve.Tests.Server.Controller.Autoscaling.Policies;

/// <summary>Delays, factors, bounds and the start from zero stay around what a policy wants.</summary>
public sealed class PolicyDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AutoscalingSpec NoDelays = new() { MinReplicas = 0, MaxReplicas = 10, UpscaleDelay = TimeSpan.Zero, DownscaleDelay = TimeSpan.Zero };

    [Theory]
    [InlineData(2, 2.2, 3, "up")]
    [InlineData(2, 99, 10, "up")]
    [InlineData(5, 1.5, 2, "down")]
    [InlineData(5, 0, 1, "down")]
    [InlineData(1, 0, 0, "down")]
    [InlineData(3, 3, 3, "enough")]
    [InlineData(0, 2, 2, "from_zero")]
    public void Decide_PolicyWants_IsRoundedUpWithinTheBounds(int target, double wanted, int after, string rule)
    {
        var decision = Decide(Input(NoDelays, target) with { Wanted = wanted });
        decision.After.ShouldBe(after);
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Rule.ToString()).ShouldBe(rule);
        decision.Signal.ShouldBe(ScalingSignal.Policy);
    }

    [Fact]
    public void Decide_PolicyWantsMore_WaitsForTheDelay()
    {
        var input = Input(NoDelays with { UpscaleDelay = TimeSpan.FromSeconds(30) }, target: 2) with { Wanted = 5 };
        var (first, memory) = Autoscaler.Decide(input, Now);
        first.Rule.ShouldBe(ScalingRule.UpDelayed);
        Autoscaler.Decide(input with { Memory = memory }, Now.AddSeconds(30)).Decision.After.ShouldBe(5);
    }

    [Fact]
    public void Decide_PolicyWantsNobodyButRequestsWait_TheFirstReplicaStartsAndStays()
    {
        var waiting = new LoadFigures { Queued = 3, Mean = 3, Max = 3 };
        var fromZero = Decide(Input(NoDelays, target: 0) with { Wanted = 0, Running = 0, Load = waiting, Recent = waiting });
        (fromZero.Rule, fromZero.After).ShouldBe((ScalingRule.FromZero, 1));
        var starting = Decide(Input(NoDelays, target: 1) with { Wanted = 0, Running = 0, Load = waiting, Recent = waiting });
        (starting.Rule, starting.After).ShouldBe((ScalingRule.ColdStart, 1));
    }

    [Fact]
    public void Decide_PolicyIsSilent_TheNumberStaysAndTheReasonSaysWhy()
    {
        var busy = new LoadFigures { Running = 50, Mean = 50, Max = 50, MeanRunning = 50 };
        var decision = Decide(Input(NoDelays, target: 2) with { Wanted = 2, IsPolicySilent = true, Load = busy, Recent = busy });
        decision.After.ShouldBe(2);
        DecisionText.Of(decision).ShouldBe("2 replicas stay: the program's policy, which decides, has not said anything yet, or no replica runs that it could be asked in.");
    }

    private static ScalingInput Input(AutoscalingSpec spec, int target) => new()
    {
        Spec = spec,
        Min = spec.MinReplicas,
        Max = spec.MaxReplicas,
        Running = target,
        Target = target,
        Load = LoadFigures.None,
        Recent = LoadFigures.None,
    };

    private static ScalingDecision Decide(ScalingInput input) => Autoscaler.Decide(input, Now).Decision;
}
