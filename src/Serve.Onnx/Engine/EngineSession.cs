using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx.Engine;

/// <summary>One session of ONNX Runtime with all that is known of it. Any number of threads may run it.</summary>
internal sealed class EngineSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string? _shrink;

    public EngineSession(string path, InferenceSession session, OnnxDevice device, string? fallback, OnnxArena arena)
    {
        _session = session;
        _shrink = arena != OnnxArena.Shrunk ? null : device == OnnxDevice.Cpu ? "cpu:0" : "cpu:0;gpu:0";
        Device = device;
        Fallback = fallback;
        try
        {
            Inputs = [.. session.InputNames.Select(name => Describe(name, session.InputMetadata[name])
                ?? throw new OnnxModelException($"The model '{path}' takes '{name}', which is not a tensor ({session.InputMetadata[name].OnnxValueType}); such inputs are not supported."))];
            Outputs = [.. session.OutputNames.Select(name => Describe(name, session.OutputMetadata[name])).OfType<OnnxTensorInfo>()];
            var metadata = session.ModelMetadata;
            Facts = new OnnxFacts(metadata.ProducerName, metadata.GraphName, metadata.Domain, metadata.Description, metadata.Version, metadata.CustomMetadataMap);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public OnnxTensorInfo[] Inputs { get; }

    /// <summary>Those that are tensors. A sequence or a map is left out.</summary>
    public OnnxTensorInfo[] Outputs { get; }

    public OnnxFacts Facts { get; }

    public OnnxDevice Device { get; }

    public string? Fallback { get; }

    /// <summary>What the process has grown by while the session was made; set by <see cref="SessionCache"/>.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>Runs the model on this thread until it is done, has failed, or is told to stop, which it notices between two operators.</summary>
    public IDisposableReadOnlyCollection<OrtValue> Run(string[] names, OrtValue[] values, string[] outputs, CancellationToken cancellationToken)
    {
        using var options = new RunOptions();
        if (_shrink is not null)
            options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", _shrink);
        using var registration = cancellationToken.UnsafeRegister(static options => ((RunOptions)options!).Terminate = true, options);
        return _session.Run(options, names, values, outputs);
    }

    public void Dispose()
    {
        _session.Dispose();
        ProcessMemory.Trim();
    }

    private static OnnxTensorInfo? Describe(string name, NodeMetadata metadata) =>
        metadata.IsTensor && TensorElement.Find(metadata.ElementDataType) is { } element ? new(name, element, metadata.Dimensions, metadata.SymbolicDimensions) : null;
}
