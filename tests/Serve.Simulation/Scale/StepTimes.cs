namespace Serve.Simulation.Scale;

/// <summary>How much processor time steps took.</summary>
internal sealed class StepTimes
{
    private readonly List<TimeSpan> _times = [];

    public void Add(TimeSpan time) => _times.Add(time);

    public StepSummary Summarize()
    {
        var sorted = _times.Order().ToList();
        return new StepSummary(sorted.Count, At(0.5), At(0.99), At(1), Math.Round(sorted.Sum(static time => time.TotalMilliseconds), 1));

        double At(double share) => sorted.Count == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))].TotalMilliseconds, 3);
    }
}

/// <summary>Milliseconds of processor time.</summary>
internal sealed record StepSummary(int Count, double P50Ms, double P99Ms, double MaxMs, double TotalMs);
