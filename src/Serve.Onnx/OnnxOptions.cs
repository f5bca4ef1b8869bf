using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx;

/// <summary>How a model is loaded and run.</summary>
public sealed record OnnxOptions
{
    /// <summary>What the model runs on. Default the CPU.</summary>
    public OnnxDevice Device { get; init; }

    /// <summary>Which one of several devices of that kind, from 0.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// Whether the model may run on the CPU where <see cref="Device"/> can't be used; <see cref="OnnxModel.Fallback"/> says why then. Default false: loading fails, since
    /// a model that is silently a hundred times slower is worse than one that says what is missing.
    /// </summary>
    public bool AllowCpuFallback { get; init; }

    /// <summary>Settings of the device's execution provider as ONNX Runtime names them, such as <c>gpu_mem_limit</c> or <c>arena_extend_strategy</c>.</summary>
    public IReadOnlyDictionary<string, string> ProviderOptions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// How many threads of its own work on one call; 0 means one per physical core. The default, null, is none of its own: all models of the process share as many threads
    /// as the replica has reserved whole CPU cores (<c>num_cpus</c>), at least 1; and 1 where it has reserved none or runs by itself. Threads that have no cores of their own
    /// mostly fight each other, and the other replicas, for the same ones.
    /// </summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>How many threads of its own run independent branches of the graph, with <see cref="Execution"/> parallel; null or 0 as for <see cref="IntraOpThreads"/>.</summary>
    public int? InterOpThreads { get; init; }

    /// <summary>Whether independent branches of the graph run one after the other (the default) or at once.</summary>
    public ExecutionMode Execution { get; init; } = ExecutionMode.ORT_SEQUENTIAL;

    /// <summary>How far ONNX Runtime rewrites the graph while it loads the model.</summary>
    public GraphOptimizationLevel GraphOptimization { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>
    /// A folder in which the rewritten graph is kept, so that the next load of the same model with the same options need not rewrite it. It only fits the kind of
    /// machine that wrote it. Default none.
    /// </summary>
    public string? OptimizedModelFolder { get; init; }

    /// <summary>What happens to the memory that a run has worked in.</summary>
    public OnnxArena Arena { get; init; }

    /// <summary>
    /// Whether the places of all intermediate tensors are planned ahead for each combination of shapes. It pays for models whose shapes never vary. Default false: a plan is
    /// kept for every shape ever seen.
    /// </summary>
    public bool PlanMemory { get; init; }

    /// <summary>Further settings of the session as ONNX Runtime names them, such as <c>session.set_denormal_as_zero</c>.</summary>
    public IReadOnlyDictionary<string, string> SessionEntries { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Paths of the libraries that bring operators of their own, such as ONNX Runtime extensions.</summary>
    public IReadOnlyList<string> CustomOpLibraries { get; init; } = [];

    /// <summary>Tells apart what lies under one path at different times, where the file's own size and time don't: weights in files beside it.</summary>
    internal string Revision { get; init; } = "";

    /// <summary>All that makes two sessions of one file differ.</summary>
    internal string Describe() => string.Join(
        '|',
        Device, DeviceId, AllowCpuFallback, Describe(ProviderOptions), IntraOpThreads, InterOpThreads, Execution, GraphOptimization, OptimizedModelFolder, Arena, PlanMemory,
        Describe(SessionEntries), string.Join(';', CustomOpLibraries), Revision);

    private static string Describe(IReadOnlyDictionary<string, string> entries) =>
        string.Join(';', entries.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => $"{entry.Key}={entry.Value}"));
}
