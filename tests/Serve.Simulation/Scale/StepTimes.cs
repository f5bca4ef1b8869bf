using System.Diagnostics;

namespace Serve.Simulation.Scale;

/// <summary>How long steps took.</summary>
internal sealed class StepTimes
{
    private readonly List<long> _ticks = [];

    public void Add(long ticks) => _ticks.Add(ticks);

    public StepSummary Summarize()
    {
        var sorted = _ticks.Order().ToList();
        return new StepSummary(sorted.Count, At(0.5), At(0.99), At(1), Math.Round(sorted.Sum() * 1000.0 / Stopwatch.Frequency, 1));

        double At(double share) => sorted.Count == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))] * 1000.0 / Stopwatch.Frequency, 3);
    }
}

/// <summary>Milliseconds of steps.</summary>
internal sealed record StepSummary(int Count, double P50Ms, double P99Ms, double MaxMs, double TotalMs);
