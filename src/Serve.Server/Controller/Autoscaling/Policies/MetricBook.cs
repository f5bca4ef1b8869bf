using Serve.Identity;
using Serve.Routing.Load;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>
/// What replicas have recorded for policies, as this leader has heard it. A value holds until the next one; of each metric of a replica so many values are kept that
/// a mean over the look-back period is right to a hundredth of it, and no more however often it changes.
/// </summary>
internal sealed class MetricBook(TimeProvider timeProvider)
{
    private const int MaxReplicas = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<DeploymentId, Dictionary<ReplicaId, Dictionary<string, MetricSeries>>> _pages = [];
    private int _replicas;

    /// <summary>Takes down what a replica has said; what can't be is left out.</summary>
    public void Record(ReplicaRecord record)
    {
        lock (_lock)
        {
            if (SeriesOf(record.Replica) is not { } series)
                return;
            foreach (var (name, value) in record.Values)
            {
                if (CustomMetrics.IsGood(name, value) && (series.ContainsKey(name) || series.Count < CustomMetrics.MaxCount))
                    (series.TryGetValue(name, out var one) ? one : series[name] = new MetricSeries()).Set(timeProvider.GetUtcNow(), value);
            }
        }
    }

    /// <summary>What these replicas have recorded over a window that ends now, by metric.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, RecordedMetric>> Over(DeploymentId deployment, IEnumerable<ReplicaId> replicas, TimeSpan window)
    {
        var now = timeProvider.GetUtcNow();
        var result = new SortedDictionary<string, IReadOnlyDictionary<string, RecordedMetric>>(StringComparer.Ordinal);
        lock (_lock)
        {
            if (!_pages.TryGetValue(deployment, out var page))
                return result;
            foreach (var replica in replicas)
            {
                foreach (var (name, series) in page.GetValueOrDefault(replica) ?? [])
                {
                    if (!result.TryGetValue(name, out var values))
                        result[name] = values = new Dictionary<string, RecordedMetric>(StringComparer.Ordinal);
                    ((Dictionary<string, RecordedMetric>)values)[replica.ToString()] = series.Over(window, now);
                }
            }
        }

        return result;
    }

    /// <summary>Forgets the replicas that are not there any more.</summary>
    public void Keep(ControllerState state)
    {
        lock (_lock)
        {
            foreach (var (deployment, page) in _pages.ToList())
            {
                var there = state.Find(deployment)?.Replicas;
                foreach (var gone in page.Keys.Where(replica => there?.ContainsKey(replica) != true).ToList())
                {
                    page.Remove(gone);
                    _replicas--;
                }

                if (page.Count == 0)
                    _pages.Remove(deployment);
            }
        }
    }

    private Dictionary<string, MetricSeries>? SeriesOf(ReplicaId replica)
    {
        if (!_pages.TryGetValue(replica.Deployment, out var page))
            page = [];
        if (page.TryGetValue(replica, out var series))
            return series;
        if (_replicas >= MaxReplicas)
            return null;
        _replicas++;
        _pages[replica.Deployment] = page;
        return page[replica] = new Dictionary<string, MetricSeries>(StringComparer.Ordinal);
    }
}
