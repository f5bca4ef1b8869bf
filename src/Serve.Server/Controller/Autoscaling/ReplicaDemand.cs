using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// How many replicas are needed, unrounded. Three things differ from Ray Serve:
/// <list type="bullet">
/// <item>It follows from the load and never from the replicas that happen to be up, so that those which start slowly add nothing to it.</item>
/// <item>Requests that wait are work to be done once, not load for ever: by Little's law (L = λW) the arrivals of the window with the time that a
/// request runs give the replicas which keep up, and the backlog those which work it off within the window. Taken as load, a backlog that
/// gathers while the first replicas start would start all there are. Only a queue that stands where it is, though all replicas are there, is load:
/// its clients wait for answers before they ask again, and would come more often.</item>
/// <item>Fewer replicas must be enough for what keeps up with the whole window and for all that ran and waited in its last part, so that
/// neither a short pause nor a queue that replicas on their way will take decides.</item>
/// </list>
/// </summary>
/// <param name="More">As many as this there shall be, if there are fewer.</param>
/// <param name="Least">There may be as few as this, if there are more.</param>
/// <param name="Signal">What asks for most.</param>
internal readonly record struct ReplicaDemand(double More, double Least, ScalingSignal Signal)
{
    /// <summary>The most of a window is so many standard deviations over its mean by chance.</summary>
    private const double ChanceDeviations = 4;

    /// <summary>This share of a swing beyond chance counts, and no more than this share of what is needed anyway.</summary>
    private const double SwingShare = 0.2;

    /// <summary>What runs and waits is constant where its most and its least differ by no more than this share.</summary>
    private const double StandingShare = 0.2;

    /// <summary>The latency keeps its number of replicas while it is at least this share of the objective.</summary>
    private const double LatencyHold = 0.7;

    /// <summary>The latency asks for this many times the replicas at most, in one step.</summary>
    private const double LatencyStep = 2;

    /// <summary>So long after replicas came or went the latencies are of those that are there.</summary>
    private static readonly TimeSpan LatencySettling = TimeSpan.FromSeconds(10);

    /// <param name="input">What was seen.</param>
    /// <param name="steadyFor">How long the number of replicas that take requests has been what it is.</param>
    public static ReplicaDemand Of(ScalingInput input, TimeSpan steadyFor)
    {
        if (input.Wanted is { } wanted)
            return new ReplicaDemand(wanted, wanted, input.IsPolicySilent ? ScalingSignal.SilentPolicy : ScalingSignal.Policy);
        var (load, least) = OfLoad(input, steadyFor);
        var (latency, keep) = OfLatency(input, steadyFor);
        var forecast = input.Forecast ?? 0;
        var more = Math.Max(load, Math.Max(latency, forecast));
        var signal = more <= load ? ScalingSignal.Load : more <= latency ? ScalingSignal.Latency : ScalingSignal.Forecast;
        return new ReplicaDemand(more, Math.Max(least, Math.Max(keep, forecast)), signal);
    }

    /// <summary>How many the load of a window keeps busy, for whoever remembers it.</summary>
    public static double Sustained(AutoscalingSpec spec, in LoadFigures load) =>
        (load.Completions > 0 ? SustainedRequests(spec, load) : load.Mean) / spec.TargetOngoingRequests;

    /// <summary>Whether as many run and wait through all of a window: then its figures are no matter of chance.</summary>
    public static bool IsConstant(in LoadFigures load) => load.Max - load.Min <= StandingShare * load.Max;

    private static (double More, double Least) OfLoad(ScalingInput input, TimeSpan steadyFor)
    {
        var (spec, load, recent) = (input.Spec, input.Load, input.Recent);
        var aggregate = spec.AggregationFunction switch
        {
            AggregationFunction.max => load.Max,
            AggregationFunction.min => load.Min,
            _ => input.Percentile,
        };
        if (aggregate is { } requests)
            return (requests / spec.TargetOngoingRequests, requests / spec.TargetOngoingRequests);
        // Nothing came lately: the window need not have forgotten what was before.
        if (recent is { Now: 0, Max: 0 })
            return (0, 0);
        var standing = Standing(input, steadyFor) / spec.TargetOngoingRequests;
        var keepsUp = load.Completions > 0 ? SustainedRequests(spec, load) : load.MeanRunning;
        // Whoever came or ended just at the edge of the window makes this difference.
        var blur = load.Completions > 0 ? keepsUp / (load.Completions * spec.LookBackPeriod.TotalSeconds) : 0;
        var swing = Swing(load, keepsUp) / spec.TargetOngoingRequests;
        var more = Math.Max(((keepsUp - blur) / spec.TargetOngoingRequests) + swing, standing);
        var least = Math.Max(Sustained(spec, load) + swing, recent.Mean / spec.TargetOngoingRequests);
        return (more, Math.Max(least, more));
    }

    /// <summary>
    /// A load that swings more than chance lets one do whose requests come by themselves (its standard deviation is the root of its mean) has peaks
    /// that wait for one another where there are just enough replicas for its mean: it gets some more.
    /// </summary>
    private static double Swing(in LoadFigures load, double keepsUp)
    {
        var beyondChance = load.Max - load.Mean - (ChanceDeviations * Math.Sqrt(load.Mean));
        return SwingShare * Math.Clamp(beyondChance, 0, keepsUp);
    }

    private static double SustainedRequests(AutoscalingSpec spec, in LoadFigures load)
    {
        var runTime = load.MeanRunning / load.Completions;
        return (load.Arrivals * runTime) + (load.Queued * runTime / spec.LookBackPeriod.TotalSeconds);
    }

    /// <summary>
    /// Requests of clients that wait for answers before they ask again: as many run and wait through all of the window, however fast they are served.
    /// A queue that grows or is worked off is told by its arrivals, unless nothing ends at all.
    /// </summary>
    private static double Standing(ScalingInput input, TimeSpan steadyFor)
    {
        if (input.Running < input.Target || steadyFor < Autoscaler.RecentWindow(input.Spec))
            return 0;
        return IsConstant(input.Load) || input.Load.Completions == 0 ? input.Recent.Min : 0;
    }

    /// <summary>
    /// Where the latency is over the objective, more by as much; never more than there are requests, for one that has a replica of its own does
    /// not become faster by another one. A little under it, as many as there are.
    /// </summary>
    private static (double More, double Keep) OfLatency(ScalingInput input, TimeSpan steadyFor)
    {
        if (input.Spec.TargetLatencyP95 is not { } objective || input.Recent.LatencyP95 is not { } latency || input.Running == 0)
            return (0, 0);
        var share = latency / objective.TotalSeconds;
        if (share < LatencyHold)
            return (0, 0);
        var isNew = steadyFor < LatencySettling || input.Running < input.Target;
        if (share <= 1 || isNew)
            return (0, input.Target);
        var more = Math.Min(input.Running * Math.Min(share, LatencyStep), Math.Max(input.Recent.Mean, input.Recent.Max));
        return (Math.Max(more, input.Running), input.Target);
    }
}
