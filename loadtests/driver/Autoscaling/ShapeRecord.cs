namespace Load.Autoscaling;

/// <summary>The answers of a run, by the second in which their requests were due.</summary>
internal sealed class ShapeRecord
{
    private const int Good = 200;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, LatencyHistogram> _seconds = [];
    private readonly SortedDictionary<int, int> _failures = [];
    private readonly LatencyHistogram _all = new();
    private readonly TimeSpan _objective;
    private int _late;

    /// <param name="objective">What an answer may take.</param>
    public ShapeRecord(TimeSpan objective) => _objective = objective;

    public void Add(Outcome outcome)
    {
        lock (_lock)
        {
            if (outcome.Status != Good)
                _failures[outcome.Status] = _failures.GetValueOrDefault(outcome.Status) + 1;
            if (outcome.Status != Good || outcome.Latency > _objective)
                _late++;
            var second = (int)outcome.At.TotalSeconds;
            if (!_seconds.TryGetValue(second, out var latencies))
                _seconds[second] = latencies = new LatencyHistogram();
            latencies.Add(outcome.Latency);
            _all.Add(outcome.Latency);
        }
    }

    public object Summary() => new
    {
        Requests = _all.Count,
        Errors = _failures.Values.Sum(),
        ErrorsByStatus = _failures.ToDictionary(pair => $"{pair.Key}", pair => pair.Value, StringComparer.Ordinal),
        P50Ms = _all.Milliseconds(0.5),
        P95Ms = _all.Milliseconds(0.95),
        P99Ms = _all.Milliseconds(0.99),
        MaxMs = Math.Round(_all.Max.TotalMilliseconds, 2),
        ObjectiveMs = _objective.TotalMilliseconds,
        OverObjective = Math.Round(_late / (double)Math.Max(1, _all.Count), 4),
    };

    public object BySecond() => _seconds.Select(pair => new { Second = pair.Key, Requests = pair.Value.Count, P95Ms = pair.Value.Milliseconds(0.95) });
}
