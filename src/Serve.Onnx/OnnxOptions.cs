using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx;

/// <summary>How a model is loaded and run.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// How many threads work on one call; 0 means one per physical core. The default, null, is the whole CPU cores that the replica has reserved (<c>num_cpus</c>), at
    /// least 1; and 1 where it has reserved none or runs by itself: threads that have no cores of their own mostly fight each other, and the other replicas, for the same ones.
    /// </summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>How far ONNX Runtime rewrites the graph while it loads the model.</summary>
    public GraphOptimizationLevel GraphOptimization { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>Paths of the libraries that bring operators of their own, such as ONNX Runtime extensions.</summary>
    public IReadOnlyList<string> CustomOpLibraries { get; init; } = [];
}
