namespace Serve.OpenInference.Grpc;

/// <summary>What a client gets for an <see cref="InferCall"/>.</summary>
/// <param name="response">What the model gave.</param>
/// <param name="id">What the client calls its request.</param>
/// <param name="raw">Whether the outputs are wanted raw.</param>
internal sealed class InferAnswer(InferenceResponse response, string? id, bool raw) : IDisposable
{
    public InferenceResponse Response => response;

    public string? Id => id;

    /// <summary>Whether all outputs are raw: then none is typed, and half precision can't be.</summary>
    public bool Raw { get; } = raw || HasHalfPrecision(response.Outputs);

    /// <summary>Sizes of the parts, once they were asked for.</summary>
    public OutputSizes[]? Sizes { get; set; }

    public void Dispose() => response.Dispose();

    private static bool HasHalfPrecision(IReadOnlyList<InferenceOutput> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Tensor.DataType is TensorDataType.Float16 or TensorDataType.BFloat16)
                return true;
        }

        return false;
    }
}

/// <summary>How many bytes an output needs in a message.</summary>
/// <param name="Shape">The dimensions, packed.</param>
/// <param name="Elements">The elements as <c>InferTensorContents</c>, packed, without what stands before them; 0 where they are raw.</param>
/// <param name="Output">All of the <c>InferOutputTensor</c>.</param>
internal readonly record struct OutputSizes(int Shape, int Elements, int Output);
