namespace Serve.Onnx;

/// <summary>What is loaded instead of what lies in the repository.</summary>
public sealed record ModelReplacement
{
    /// <summary>The configuration, in protobuf's text format or as JSON; null: that of the repository.</summary>
    public string? Config { get; init; }

    /// <summary>All files of the model, by their paths in its folder such as <c>1/model.onnx</c>; none: those of the repository. They go with a <see cref="Config"/>.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
}
