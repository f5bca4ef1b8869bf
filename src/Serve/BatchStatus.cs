namespace Serve;

/// <summary>How busy a batched method of one object is.</summary>
/// <param name="WaitingItems">The items that wait for their batch to start.</param>
/// <param name="RunningBatches">The batches that run.</param>
/// <param name="Options">The settings in force.</param>
public sealed record BatchStatus(int WaitingItems, int RunningBatches, BatchOptions Options);
