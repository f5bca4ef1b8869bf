namespace Serve;

/// <summary>How busy a batched method of one object is.</summary>
/// <param name="WaitingItems">The items that wait for their batch to start.</param>
/// <param name="RunningBatches">The batches that run.</param>
/// <param name="Options">The settings in force.</param>
public sealed record BatchStatus(int WaitingItems, int RunningBatches, BatchOptions Options)
{
    /// <summary>
    /// The batches that have started so far, by the reasons why they did, in the words of the metric <c>serve_batches_processed_total</c>: <c>greedy</c> (a place was free), <c>size</c> and
    /// <c>cost</c> (full), <c>preferred</c>, <c>timeout</c> (the first had waited for long enough), <c>retry</c>.
    /// </summary>
    public IReadOnlyDictionary<string, long> Started { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);
}
