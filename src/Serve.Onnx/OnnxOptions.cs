using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx;

/// <summary>How a model is loaded and run.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// How many threads work on one call; 0 means one per physical core. The default is 1: a server has many calls at once, and several replicas on one machine, so
    /// threads per call mostly fight each other for the same cores. Raise it for the latency of a big model that has cores to itself.
    /// </summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>How far ONNX Runtime rewrites the graph while it loads the model.</summary>
    public GraphOptimizationLevel GraphOptimization { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>Paths of the libraries that bring operators of their own, such as ONNX Runtime extensions.</summary>
    public IReadOnlyList<string> CustomOpLibraries { get; init; } = [];
}
