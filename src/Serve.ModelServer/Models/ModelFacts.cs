using System.Globalization;
using Serve.Onnx;
using Serve.Onnx.Config;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>What is known of a loaded model, in the words of the protocol.</summary>
internal static class ModelFacts
{
    public static ModelDescription Describe(LoadedModel model, IReadOnlyList<string> versions)
    {
        var config = model.Config;
        return new ModelDescription(
            model.Name,
            model.Version.ToString(CultureInfo.InvariantCulture),
            versions,
            ModelConfig.OnnxPlatform,
            [.. config.Inputs.Select(input => Describe(input, config))],
            [.. config.Outputs.Select(output => Describe(output, config) with { Labels = model.LabelsOf(output.Name) })]);
    }

    public static InferenceStatistics Statistics(LoadedModel model, ModelStatistics done) => new(model.Name, model.Version.ToString(CultureInfo.InvariantCulture))
    {
        LastInference = done.LastInference?.ToUnixTimeMilliseconds() ?? 0,
        InferenceCount = done.Inferences,
        ExecutionCount = done.Executions,
        Success = Sum(done.Success),
        Fail = Sum(done.Fail),
        Queue = Sum(done.Queue),
        ComputeInput = Sum(done.ComputeInput),
        ComputeInfer = Sum(done.ComputeInfer),
        ComputeOutput = Sum(done.ComputeOutput),
        Batches = [.. done.Batches.Select(static batch => new BatchFigures(batch.Rows, Sum(batch.ComputeInput), Sum(batch.ComputeInfer), Sum(batch.ComputeOutput)))],
        Memory = [.. model.Instances.Where(static instances => instances.Model.Device == OnnxDevice.Cpu).Take(1).Select(_ => new MemoryFigure("CPU", 0, model.MemoryBytes))],
    };

    private static TensorDescription Describe(ModelTensor tensor, ModelConfig config) =>
        new(tensor.Name, tensor.DataType, config.MaxBatchSize > 0 ? [-1, .. tensor.Dims] : tensor.Dims);

    private static TimeSum Sum(StatisticDuration duration) => new(duration.Count, duration.Total.Ticks * TimeSpan.NanosecondsPerTick);
}
