namespace Serve.Server.Controller.Autoscaling;

/// <summary>The load of a deployment over a window. What is a mean is weighted with time.</summary>
/// <param name="Mean">Requests that run and wait, on average.</param>
/// <param name="Max">The same, at most.</param>
/// <param name="Min">The same, at least.</param>
/// <param name="MeanRunning">Requests that run, on average.</param>
/// <param name="Arrivals">Requests that came, per second.</param>
/// <param name="Completions">Requests that ended, per second.</param>
/// <param name="Running">Requests that run now.</param>
/// <param name="Queued">Requests that wait now.</param>
internal readonly record struct LoadFigures(double Mean, double Max, double Min, double MeanRunning, double Arrivals, double Completions, double Running, double Queued)
{
    public static LoadFigures None => default;

    /// <summary>What 95 of 100 requests of the last while took, in seconds, their wait included; null where too few came.</summary>
    public double? LatencyP95 { get; init; }

    /// <summary>Running and waiting now.</summary>
    public double Now => Running + Queued;
}
