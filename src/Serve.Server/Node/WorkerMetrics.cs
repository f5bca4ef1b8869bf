using Serve.Telemetry;

namespace Serve.Server.Node;

/// <summary>What all workers of a node have counted.</summary>
/// <param name="Families">Their metrics, each worker's by itself.</param>
/// <param name="Silent">How many did not answer in time.</param>
/// <param name="Dropped">How many families had no room in the answers.</param>
internal sealed record WorkerMetrics(IReadOnlyList<MetricFamily> Families, int Silent, int Dropped)
{
    public static readonly WorkerMetrics None = new([], Silent: 0, Dropped: 0);

    /// <summary>Asks all replicas at once.</summary>
    /// <param name="replicas">The replicas.</param>
    /// <param name="cancellationToken">The end of the patience: whoever has not answered then is silent.</param>
    public static async Task<WorkerMetrics> CollectAsync(IEnumerable<ReplicaProcess> replicas, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(replicas.Select(static replica => replica.Link).OfType<WorkerLink>().Select(link => link.CollectMetricsAsync(cancellationToken)));
        return new WorkerMetrics(
            [.. answers.SelectMany(static answer => answer?.Families ?? [])],
            answers.Count(static answer => answer is null),
            answers.Sum(static answer => answer?.Dropped ?? 0));
    }
}
