using Serve.Onnx;

namespace Serve.ModelServer.Args;

/// <summary>How models are run where their own configurations say nothing: said for all models, and for one with a deployment of its own again.</summary>
internal sealed record EngineArgs
{
    /// <summary><c>device</c>: <c>cpu</c> or <c>cuda</c>.</summary>
    public OnnxDevice Device { get; init; }

    /// <summary><c>allow_cpu_fallback</c>: whether a model may run on the CPU where its device can't be had.</summary>
    public bool AllowCpuFallback { get; init; }

    /// <summary><c>optimized_model_folder</c>: where graphs that ONNX Runtime has rewritten are kept for the next load.</summary>
    public string? OptimizedModelFolder { get; init; }

    /// <summary><c>warm_up</c>: whether a model is run once with zeros before it counts as ready.</summary>
    public bool WarmUp { get; init; } = true;

    /// <summary><c>default_batch_size</c>: the most rows of a batch.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary><c>instances</c>: how many runs at once.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Reads them over others.</summary>
    public static EngineArgs Read(ArgsReader reader, EngineArgs usual) => new()
    {
        Device = reader.Choice("device", "cpu", "cuda") switch
        {
            null => usual.Device,
            "cuda" => OnnxDevice.Cuda,
            _ => OnnxDevice.Cpu,
        },
        AllowCpuFallback = reader.Switch("allow_cpu_fallback") ?? usual.AllowCpuFallback,
        OptimizedModelFolder = reader.Text("optimized_model_folder") ?? usual.OptimizedModelFolder,
        WarmUp = reader.Switch("warm_up") ?? usual.WarmUp,
        BatchSize = reader.Count("default_batch_size", 0, 1 << 20) ?? usual.BatchSize,
        Instances = reader.Count("instances", 1, 1024) ?? usual.Instances,
    };

    /// <summary>The options of a repository with models that are run like this.</summary>
    public ModelRepositoryOptions ToOptions(string location) => new()
    {
        Location = location,
        Engine = new OnnxOptions { Device = Device, AllowCpuFallback = AllowCpuFallback, OptimizedModelFolder = OptimizedModelFolder },
        UsualBatchSize = BatchSize,
        UsualInstances = Instances,
        WarmUp = WarmUp,
    };
}
