namespace Serve.OpenInference;

/// <summary>How the Open Inference Protocol is spoken.</summary>
public sealed record OpenInferenceOptions
{
    /// <summary>
    /// Whether what isn't ready is answered as Triton does: health and ready requests over REST with 400 and empty bodies instead of 503 and a JSON object that says why,
    /// and <c>ModelReady</c> over gRPC of an unknown model with not ready instead of NOT_FOUND. Default false.
    /// </summary>
    public bool TritonStrict { get; init; }

    /// <summary>Whether outputs over gRPC are always raw, as Triton's are. Default false: they have the form of the request, typed or raw.</summary>
    public bool AlwaysRawOutputs { get; init; }

    /// <summary>The most bytes of a request to run a model, after decompression; over gRPC also of its tensors in memory. Default 64 MiB.</summary>
    public int MaxRequestBytes { get; init; } = 64 << 20;
}
