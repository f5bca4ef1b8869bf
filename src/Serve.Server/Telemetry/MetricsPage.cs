using Serve.Server.Node;
using Serve.Telemetry;
using Serve.Telemetry.Metrics;

namespace Serve.Server.Telemetry;

/// <summary>
/// The metrics of a whole node on one page: what the server process has counted and what each of its workers tells when asked. A worker that is
/// gone tells nothing, so its series are gone with it.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    /// <summary>How long a scrape waits for workers: less than the ten seconds that scrapers wait for a page by default.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ExpositionMeter _meter = new();
    private readonly MetricCollector _collector = new(MeterScope.Server, constants: []);
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly Stack<IDisposable> _meters = new();
    private Task<IReadOnlyList<MetricFamily>>? _running;

    public MetricsPage(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
    }

    /// <summary>Asks the node's workers, where the process has a node.</summary>
    public Func<CancellationToken, Task<WorkerMetrics>> Workers { get; set; } = static _ => Task.FromResult(WorkerMetrics.None);

    /// <summary>Forgets series of what is gone, before each collection.</summary>
    public Action Prune { get; set; } = static () => { };

    /// <summary>Ends a meter together with the page.</summary>
    public void Own(IDisposable meter) => _meters.Push(meter);

    /// <summary>The page. Those who ask while it is being made share it, so that no number of scrapers costs the workers more than one.</summary>
    public async Task<string> WriteAsync(bool isOpenMetrics)
    {
        Task<IReadOnlyList<MetricFamily>> families;
        lock (_lock)
            families = _running is { IsCompleted: false } running ? running : _running = Task.Run(CollectAsync);
        return ExpositionFormat.Write(await families, isOpenMetrics);
    }

    public void Dispose()
    {
        _collector.Dispose();
        while (_meters.TryPop(out var meter))
            meter.Dispose();
        _meter.Dispose();
    }

    private async Task<IReadOnlyList<MetricFamily>> CollectAsync()
    {
        Prune();
        using var patience = new CancellationTokenSource(Patience, _timeProvider);
        var workers = await Workers(patience.Token);
        var own = _collector.Collect();
        var merged = MetricFamily.Merge(own.Concat(workers.Families), out var conflicts);
        // Seen from the next page on: this one is read already.
        _meter.Set(workers.Silent, workers.Dropped + conflicts);
        return merged;
    }
}
