using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// Decides how many replicas a deployment shall have, with Ray Serve's options and their meanings. Pure. What is needed is the matter of
/// <see cref="ReplicaDemand"/>; this is about what follows from it: factors, delays, bounds, the way to zero and back.
/// </summary>
internal static class Autoscaler
{
    private const double Rounding = 1e-6;

    /// <summary>What must be to spare for fewer replicas to be enough for certain.</summary>
    private const double Spare = 0.1;

    /// <summary>For so many windows fewer must have been enough where nothing is to spare.</summary>
    private const double QuietWindows = 10;

    /// <summary>A look at this part of the window sees an end of the load before the whole window has forgotten it.</summary>
    public static TimeSpan RecentWindow(AutoscalingSpec spec) => spec.LookBackPeriod / 5;

    public static (ScalingDecision Decision, ScalingMemory Memory) Decide(ScalingInput input, DateTimeOffset now)
    {
        var memory = new ScalingMemory(Trend: null, input.Running, input.Memory is { } before && before.Running == input.Running ? before.RunningSince : now);
        var demand = ReplicaDemand.Of(input, now - memory.RunningSince);
        var decision = new ScalingDecision
        {
            At = now,
            Rule = ScalingRule.Enough,
            Signal = demand.Signal,
            Before = input.Target,
            After = input.Target,
            Needed = demand.More,
            Running = input.Running,
            Min = input.Min,
            Max = input.Max,
            Load = input.Load,
            TargetOngoing = input.Spec.TargetOngoingRequests,
        };
        var (decided, trend) = Decide(input, demand, decision);
        return (decided, memory with { Trend = trend });
    }

    private static (ScalingDecision, ScalingTrend?) Decide(ScalingInput input, ReplicaDemand demand, ScalingDecision decision)
    {
        if (input.Target < input.Min || input.Target > input.Max)
            return (decision with { Rule = ScalingRule.Bounds, After = Math.Clamp(input.Target, input.Min, input.Max) }, null);
        if (input.Target == 0)
            return (FromZero(input, demand, decision), null);
        if (input is { Running: 0, Load.Now: > 0 } && !(input.Wanted > input.Target))
            return (decision with { Rule = ScalingRule.ColdStart }, null);
        var up = Math.Clamp(Scale(input, demand.More), input.Min, input.Max);
        if (up > input.Target)
            return Up(input, decision, up);
        decision = decision with { Needed = demand.Least };
        var isOfChance = input is { Wanted: null, Spec.AggregationFunction: AggregationFunction.mean } && !ReplicaDemand.IsConstant(input.Load);
        var spare = isOfChance ? Spare : 0;
        var down = Math.Clamp(Scale(input, demand.Least * (1 + spare)), input.Min, input.Max);
        if (down < input.Target)
            return Down(input, decision, down, isJustEnough: false);
        // Where fewer are only just enough, noise would bring the last one back soon.
        var fewest = Math.Clamp(Scale(input, demand.Least), input.Min, input.Max);
        return fewest < input.Target ? Down(input, decision, fewest, isJustEnough: true) : (decision, null);
    }

    private static ScalingDecision FromZero(ScalingInput input, ReplicaDemand demand, ScalingDecision decision)
    {
        // Nothing has run, so that nothing is known of the requests: the first replica, or as many as the factor says, will show.
        var first = input.Load.Now > 0 ? Math.Max(1, (int)Math.Ceiling(input.Spec.UpscalingFactor - Rounding)) : 0;
        var wanted = Math.Clamp(Math.Max(first, (int)Math.Ceiling(Math.Min(input.Wanted ?? input.Forecast ?? 0, input.Max) - Rounding)), input.Min, input.Max);
        return wanted == 0 ? decision : decision with { Rule = ScalingRule.FromZero, After = wanted, Signal = first >= wanted ? ScalingSignal.Load : demand.Signal };
    }

    private static (ScalingDecision, ScalingTrend?) Up(ScalingInput input, ScalingDecision decision, int wanted)
    {
        var trend = input.Memory?.Trend is { IsUp: true } before ? before : new ScalingTrend(decision.At, IsUp: true);
        var due = trend.Since + input.Spec.UpscaleDelay;
        return decision.At >= due
            ? (decision with { Rule = ScalingRule.Up, After = wanted }, null)
            : (decision with { Rule = ScalingRule.UpDelayed, NextChange = due }, trend);
    }

    private static (ScalingDecision, ScalingTrend?) Down(ScalingInput input, ScalingDecision decision, int wanted, bool isJustEnough)
    {
        // To nothing in two steps: the last replica has a delay of its own.
        if (input.Target > 1)
            wanted = Math.Max(wanted, 1);
        if (wanted == input.Target)
            return (decision, null);
        if (!input.IsLoadKnown)
            return (decision with { Rule = ScalingRule.UnknownLoad }, null);
        var delay = DownscaleDelay(input, isJustEnough);
        var trend = input.Memory?.Trend is { IsUp: false } before ? before : new ScalingTrend(decision.At, IsUp: false);
        var due = trend.Since + delay;
        return decision.At >= due
            ? (decision with { Rule = ScalingRule.Down, After = wanted }, null)
            : (decision with { Rule = ScalingRule.DownDelayed, NextChange = due }, trend);
    }

    private static TimeSpan DownscaleDelay(ScalingInput input, bool isJustEnough)
    {
        if (input.Target == 1)
            return input.Spec.DownscaleToZeroDelay ?? input.Spec.DownscaleDelay;
        return isJustEnough ? input.Spec.DownscaleDelay + (QuietWindows * input.Spec.LookBackPeriod) : input.Spec.DownscaleDelay;
    }

    /// <summary>The number for a need, with the factors: they bend the way from the target to it, and never so far that it is not reached.</summary>
    private static int Scale(ScalingInput input, double needed)
    {
        var factor = needed > input.Target ? input.Spec.UpscalingFactor : input.Spec.DownscalingFactor;
        var scaled = Math.Ceiling(Math.Clamp(input.Target + (factor * (needed - input.Target)), 0, int.MaxValue) - Rounding);
        if (scaled == input.Target && Math.Ceiling(needed - Rounding) < input.Target)
            scaled--;
        return (int)Math.Max(scaled, 0);
    }
}
