namespace Serve.Onnx;

/// <summary>
/// A run before the first request, so that this one doesn't pay for what the engine sets up on its first run. Whatever is not given is made up: zeros, and 1 for each
/// dimension that a call chooses.
/// </summary>
public sealed record OnnxWarmUp
{
    /// <summary>What error messages call it.</summary>
    public string Name { get; init; } = "warm-up";

    /// <summary>How many times it runs.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The inputs that are not made up, by their names.</summary>
    public IReadOnlyDictionary<string, OnnxSample> Inputs { get; init; } = new Dictionary<string, OnnxSample>(StringComparer.Ordinal);
}

/// <summary>What a warm-up gives to one input.</summary>
public sealed record OnnxSample
{
    /// <summary>The dimensions, all of them; null: those of the model, with 1 where a call chooses.</summary>
    public IReadOnlyList<long>? Shape { get; init; }

    /// <summary>What the elements are.</summary>
    public OnnxSampleKind Kind { get; init; }

    /// <summary>The elements of <see cref="OnnxSampleKind.Data"/>: row-major, little-endian, as many bytes as the shape asks for.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }
}

/// <summary>What the elements of a warm-up's input are.</summary>
public enum OnnxSampleKind
{
    /// <summary>Zeros, false, or empty texts.</summary>
    Zeros,

    /// <summary>Random: numbers with a fraction from 0 to 1, whole ones and truths 0 or 1, texts of 8 letters. The same ones each time.</summary>
    Random,

    /// <summary>Those given.</summary>
    Data,
}
