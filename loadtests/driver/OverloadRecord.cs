namespace Load;

/// <summary>The answers of an overloaded server, second by second and priority by priority.</summary>
/// <param name="processIds">The processes whose memory is sampled.</param>
/// <param name="kinds">How many kinds of requests there are.</param>
internal sealed class OverloadRecord(IReadOnlyList<int> processIds, int kinds)
{
    private const int Served = 200;
    private const int Shed = 503;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Counts> _seconds = [];
    private readonly Counts[] _kinds = [.. Enumerable.Range(0, kinds).Select(_ => new Counts())];
    private readonly SortedDictionary<int, double> _memory = [];

    public void Add(Outcome outcome)
    {
        lock (_lock)
        {
            _kinds[outcome.Kind].Add(outcome);
            // A good answer counts for the second in which it came, a refusal too.
            var second = (int)(outcome.At + outcome.Latency).TotalSeconds;
            if (!_seconds.TryGetValue(second, out var counts))
                _seconds[second] = counts = new Counts();
            counts.Add(outcome);
        }
    }

    /// <summary>Reads the memory of the processes every second until disposed.</summary>
    public IDisposable SampleMemory(Func<TimeSpan> elapsed) => TimeProvider.System.CreateTimer(
        _ =>
        {
            var memory = ProcessMemory.ReadMiB(processIds).Sum();
            lock (_lock)
                _memory[(int)elapsed().TotalSeconds] = memory;
        },
        state: null,
        TimeSpan.FromSeconds(0.5),
        TimeSpan.FromSeconds(1));

    /// <summary>Good answers per second while requests were sent, without the first second, in which the queue fills.</summary>
    public double GoodPerSecond(TimeSpan duration)
    {
        var last = (int)duration.TotalSeconds;
        return Enumerable.Range(1, last - 1).Sum(second => _seconds.GetValueOrDefault(second)?.Good.Count ?? 0) / (double)(last - 1);
    }

    public object Summary()
    {
        var all = new Counts();
        foreach (var counts in _kinds)
            all.Add(counts);
        return all.Summary("all");
    }

    public object Summary(string name, int kind) => _kinds[kind].Summary(name);

    public object Timeline() => _seconds.OrderBy(pair => pair.Key).Select(pair => new
    {
        Second = pair.Key,
        Good = pair.Value.Good.Count,
        Shed = pair.Value.Refused.Count,
        pair.Value.Errors,
        GoodP99Ms = pair.Value.Good.Milliseconds(0.99),
        ShedP99Ms = pair.Value.Refused.Milliseconds(0.99),
        RssMib = _memory.GetValueOrDefault(pair.Key),
    });

    private sealed class Counts
    {
        public LatencyHistogram Good { get; } = new();

        public LatencyHistogram Refused { get; } = new();

        public int Errors { get; private set; }

        public void Add(Outcome outcome)
        {
            if (outcome.Status == Served)
                Good.Add(outcome.Latency);
            else if (outcome.Status == Shed)
                Refused.Add(outcome.Latency);
            else
                Errors++;
        }

        public void Add(Counts other)
        {
            Good.Add(other.Good);
            Refused.Add(other.Refused);
            Errors += other.Errors;
        }

        public object Summary(string name) => new
        {
            Name = name,
            Good = Good.Count,
            Shed = Refused.Count,
            Errors,
            GoodP50Ms = Good.Milliseconds(0.5),
            GoodP99Ms = Good.Milliseconds(0.99),
            ShedP50Ms = Refused.Milliseconds(0.5),
            ShedP99Ms = Refused.Milliseconds(0.99),
        };
    }
}
