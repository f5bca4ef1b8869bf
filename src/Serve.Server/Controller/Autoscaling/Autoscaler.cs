using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <param name="Spec">The deployment's options.</param>
/// <param name="Min">The fewest replicas, at today's target capacity.</param>
/// <param name="Max">The most.</param>
/// <param name="Running">The replicas of the target's version that take requests.</param>
/// <param name="Target">How many there shall be so far.</param>
/// <param name="Load">What there was in the look-back window.</param>
/// <param name="Recent">What there was in the last part of it, <see cref="Autoscaler.RecentWindow"/>.</param>
/// <param name="Trend">What the last call left, or null.</param>
internal readonly record struct ScalingInput(AutoscalingSpec Spec, int Min, int Max, int Running, int Target, LoadFigures Load, LoadFigures Recent, ScalingTrend? Trend);

/// <summary>
/// Decides how many replicas a deployment shall have, with Ray Serve's options and their meanings. Pure. Three things differ:
/// <list type="bullet">
/// <item>What is needed follows from the load and never from the replicas that happen to be up, so that those which start slowly add nothing to it.</item>
/// <item>Requests that wait are work to be done once, not load for ever: by Little's law (L = λW) the arrivals of the window with the time that a
/// request runs give the replicas which keep up, and the backlog those which work it off within the window. Taken as load, a backlog that
/// gathers while the first replicas start would start all there are.</item>
/// <item>Fewer replicas must be enough for the whole window and for its last part, so that neither an old peak nor a short pause decides.</item>
/// </list>
/// </summary>
internal static class Autoscaler
{
    private const double Rounding = 1e-6;

    /// <summary>A look at this part of the window sees an end of the load before the whole window has forgotten it.</summary>
    public static TimeSpan RecentWindow(AutoscalingSpec spec) => spec.LookBackPeriod / 5;

    public static (ScalingDecision Decision, ScalingTrend? Trend) Decide(in ScalingInput input, DateTimeOffset now)
    {
        var needed = NeededFor(input, input.Load);
        var decision = new ScalingDecision(now, ScalingRule.Enough, input.Target, input.Target, needed, input.Running, input.Load);
        if (input.Target < input.Min || input.Target > input.Max)
            return (decision with { Rule = ScalingRule.Bounds, After = Math.Clamp(input.Target, input.Min, input.Max) }, null);
        if (input.Target == 0 && input.Load.Now > 0)
            return (decision with { Rule = ScalingRule.FromZero, After = Math.Clamp(Math.Max(1, Scale(input, needed)), input.Min, input.Max) }, null);
        var up = Math.Clamp(Scale(input, needed), input.Min, input.Max);
        if (up > input.Target)
            return Up(input, decision, up, now);
        // Nothing came lately: the window need not have forgotten what was before.
        var least = input.Recent is { Now: 0, Max: 0 } ? 0 : needed;
        var down = Math.Clamp(Math.Max(Scale(input, least), Scale(input, NeededFor(input, input.Recent))), input.Min, input.Max);
        return down < input.Target ? Down(input, decision, down, now) : (decision, null);
    }

    private static (ScalingDecision, ScalingTrend?) Up(in ScalingInput input, ScalingDecision decision, int wanted, DateTimeOffset now)
    {
        var trend = input.Trend is { IsUp: true } before ? before : new ScalingTrend(now, IsUp: true);
        return now - trend.Since >= input.Spec.UpscaleDelay
            ? (decision with { Rule = ScalingRule.Up, After = wanted }, null)
            : (decision with { Rule = ScalingRule.UpDelayed }, trend);
    }

    private static (ScalingDecision, ScalingTrend?) Down(in ScalingInput input, ScalingDecision decision, int wanted, DateTimeOffset now)
    {
        // To nothing in two steps: the last replica has a delay of its own.
        if (input.Target > 1)
            wanted = Math.Max(wanted, 1);
        if (wanted == input.Target)
            return (decision, null);
        var delay = input.Target == 1 ? input.Spec.DownscaleToZeroDelay ?? input.Spec.DownscaleDelay : input.Spec.DownscaleDelay;
        var trend = input.Trend is { IsUp: false } before ? before : new ScalingTrend(now, IsUp: false);
        return now - trend.Since >= delay
            ? (decision with { Rule = ScalingRule.Down, After = wanted }, null)
            : (decision with { Rule = ScalingRule.DownDelayed }, trend);
    }

    /// <summary>How many replicas a load needs, unrounded.</summary>
    private static double NeededFor(in ScalingInput input, in LoadFigures load)
    {
        var requests = input.Spec.AggregationFunction switch
        {
            AggregationFunction.max => load.Max,
            AggregationFunction.min => load.Min,
            // Where nothing has ended in the window, nobody knows how long a request runs: then all there are count.
            _ when load.Completions == 0 => load.Mean,
            _ => Sustained(input, load),
        };
        return requests / input.Spec.TargetOngoingRequests;
    }

    private static double Sustained(in ScalingInput input, in LoadFigures load)
    {
        var runTime = load.MeanRunning / load.Completions;
        return (load.Arrivals * runTime) + (load.Queued * runTime / input.Spec.LookBackPeriod.TotalSeconds);
    }

    /// <summary>The number for a need, with the factors: they bend the way from the target to it, and never so far that it is not reached.</summary>
    private static int Scale(in ScalingInput input, double needed)
    {
        if (input.Target == 0)
            return (int)Math.Ceiling(needed - Rounding);
        var factor = needed > input.Target ? input.Spec.UpscalingFactor : input.Spec.DownscalingFactor;
        var scaled = (int)Math.Ceiling(input.Target + (factor * (needed - input.Target)) - Rounding);
        if (scaled == input.Target && Math.Ceiling(needed - Rounding) < input.Target)
            scaled--;
        return Math.Max(scaled, 0);
    }
}
