using System.Runtime.ExceptionServices;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>Adds up what the replicas of a model have done.</summary>
internal static class StatisticsSum
{
    /// <summary>The sum of what replicas have answered. One that did not answer has ended, and its figures with it.</summary>
    /// <exception cref="Exception">None could answer; it is what the first one says.</exception>
    public static IReadOnlyList<InferenceStatistics> Of(IReadOnlyList<BroadcastResult<IReadOnlyList<InferenceStatistics>>> answers)
    {
        if (answers.Count > 0 && answers.All(static answer => answer.Exception is not null))
            ExceptionDispatchInfo.Throw(answers[0].Exception!);
        return Of(answers.Where(static answer => answer.Exception is null).SelectMany(static answer => answer.Value));
    }

    private static IReadOnlyList<InferenceStatistics> Of(IEnumerable<InferenceStatistics> statistics) =>
        [.. statistics.GroupBy(static one => (one.Name, one.Version)).Select(static group => group.Aggregate(Add))];

    private static InferenceStatistics Add(InferenceStatistics one, InferenceStatistics other) => one with
    {
        LastInference = Math.Max(one.LastInference, other.LastInference),
        InferenceCount = one.InferenceCount + other.InferenceCount,
        ExecutionCount = one.ExecutionCount + other.ExecutionCount,
        Success = Add(one.Success, other.Success),
        Fail = Add(one.Fail, other.Fail),
        Queue = Add(one.Queue, other.Queue),
        ComputeInput = Add(one.ComputeInput, other.ComputeInput),
        ComputeInfer = Add(one.ComputeInfer, other.ComputeInfer),
        ComputeOutput = Add(one.ComputeOutput, other.ComputeOutput),
        Batches = [.. one.Batches.Concat(other.Batches).GroupBy(static batch => batch.Rows).OrderBy(static rows => rows.Key).Select(static rows => rows.Aggregate(Add))],
        Memory = [.. one.Memory.Concat(other.Memory).GroupBy(static figure => (figure.Type, figure.Id)).Select(static same => same.First() with { Bytes = same.Sum(static figure => figure.Bytes) })],
    };

    private static BatchFigures Add(BatchFigures one, BatchFigures other) =>
        new(one.Rows, Add(one.ComputeInput, other.ComputeInput), Add(one.ComputeInfer, other.ComputeInfer), Add(one.ComputeOutput, other.ComputeOutput));

    private static TimeSum Add(TimeSum one, TimeSum other) => new(one.Count + other.Count, one.Nanoseconds + other.Nanoseconds);
}
