using System.Globalization;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>Says a decision in a sentence.</summary>
internal static class DecisionText
{
    public static string Of(ScalingDecision decision) => decision.Rule switch
    {
        ScalingRule.Enough when decision.Signal == ScalingSignal.SilentPolicy => $"{Replicas(decision.After)} stay: {Need(decision)}.",
        ScalingRule.Enough => $"{Replicas(decision.After)} {(decision.After == 1 ? "is" : "are")} enough: {Need(decision)}{Bound(decision)}.",
        ScalingRule.Up => $"From {decision.Before} to {Replicas(decision.After)}: {Need(decision)}{Bound(decision)}.",
        ScalingRule.UpDelayed => $"{Need(decision)}, and {Replicas(decision.Before)} shall be there; more come at {Time(decision.NextChange)} if that lasts (upscale_delay_s).",
        ScalingRule.Down => $"From {decision.Before} to {Replicas(decision.After)}: {Need(decision)}{Bound(decision)}.",
        ScalingRule.DownDelayed => $"{Need(decision)}, and {Replicas(decision.Before)} shall be there; fewer from {Time(decision.NextChange)} on if that lasts ({(decision.Before == 1 ? "downscale_to_zero_delay_s" : "downscale_delay_s")}).",
        ScalingRule.FromZero => $"From 0 to {Replicas(decision.After)} at once: {(decision.Signal == ScalingSignal.Load ? $"{Number(decision.Load.Now)} requests wait" : Need(decision))}.",
        ScalingRule.ColdStart => $"{Number(decision.Load.Now)} requests wait for the first of {Replicas(decision.After)} to be ready; how long they run is not known before, so nothing else is started.",
        ScalingRule.Bounds => $"From {decision.Before} to {Replicas(decision.After)}, to be between {decision.Min} and {decision.Max} (autoscaling_config, its schedules, target_capacity).",
        ScalingRule.UnknownLoad => "Fewer replicas seem to be enough, but not every node has said yet what it has to do.",
        _ => decision.Rule.ToString(),
    };

    private static string Need(ScalingDecision decision)
    {
        var needed = $"{Number(decision.Needed)} are needed";
        return decision.Signal switch
        {
            ScalingSignal.Latency => $"{needed} for the latency, which is {Number((decision.Load.LatencyP95 ?? 0) * 1000)} ms for 95 of 100 requests",
            ScalingSignal.Forecast => $"{needed}, as it was at this time before",
            ScalingSignal.Policy => $"{needed}, the program's policy says",
            ScalingSignal.SilentPolicy => "the program's policy, which decides, has not said anything yet, or no replica runs that it could be asked in",
            _ => $"{needed} for {Number(decision.Load.Arrivals)} requests a second, {Number(decision.Load.Running)} running and {Number(decision.Load.Queued)} waiting now, with {Number(decision.TargetOngoing)} for each replica",
        };
    }

    private static string Bound(ScalingDecision decision) => decision.After switch
    {
        _ when decision.After == decision.Max && decision.Needed > decision.Max => ", and that is the most",
        _ when decision.After == decision.Min && decision.Needed < decision.Min => ", and that is the fewest",
        _ => "",
    };

    private static string Replicas(int count) => count == 1 ? "1 replica" : $"{count} replicas";

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? at) => at is { } time ? $"{time:HH:mm:ss} UTC" : "once";
}
