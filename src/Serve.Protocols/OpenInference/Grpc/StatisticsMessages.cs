using Serve.OpenInference.Grpc.Messages;

namespace Serve.OpenInference.Grpc;

/// <summary>What models have done, as messages.</summary>
internal static class StatisticsMessages
{
    public static ModelStatistics Of(InferenceStatistics statistics)
    {
        var message = new ModelStatistics
        {
            Name = statistics.Name,
            Version = statistics.Version,
            LastInference = (ulong)statistics.LastInference,
            InferenceCount = (ulong)statistics.InferenceCount,
            ExecutionCount = (ulong)statistics.ExecutionCount,
            InferenceStats = new InferStatistics
            {
                Success = Of(statistics.Success),
                Fail = Of(statistics.Fail),
                Queue = Of(statistics.Queue),
                ComputeInput = Of(statistics.ComputeInput),
                ComputeInfer = Of(statistics.ComputeInfer),
                ComputeOutput = Of(statistics.ComputeOutput),
                CacheHit = new StatisticDuration(),
                CacheMiss = new StatisticDuration(),
            },
        };
        message.BatchStats.AddRange(statistics.Batches.Select(Of));
        message.MemoryUsage.AddRange(statistics.Memory.Select(static memory => new MemoryUsage { Type = memory.Type, Id = memory.Id, ByteSize = (ulong)memory.Bytes }));
        return message;
    }

    private static InferBatchStatistics Of(BatchFigures batch) =>
        new() { BatchSize = (ulong)batch.Rows, ComputeInput = Of(batch.ComputeInput), ComputeInfer = Of(batch.ComputeInfer), ComputeOutput = Of(batch.ComputeOutput) };

    private static StatisticDuration Of(TimeSum sum) => new() { Count = (ulong)sum.Count, Ns = (ulong)sum.Nanoseconds };
}
