namespace Serve.OpenInference;

/// <summary>What a model gave.</summary>
public sealed class InferenceResponse : IDisposable
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The version that was run.</summary>
    public required string Version { get; init; }

    /// <summary>Whatever else there is to tell the client, by name: a <c>string</c>, <c>bool</c>, <c>long</c>, <c>ulong</c> or <c>double</c> each.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = InferenceRequest.NoParameters;

    /// <summary>The outputs, in the order that the client wants.</summary>
    public required IReadOnlyList<InferenceOutput> Outputs { get; init; }

    /// <summary>Gives the outputs' memory back.</summary>
    public void Dispose()
    {
        foreach (var output in Outputs)
            output.Tensor.Dispose();
    }
}

/// <summary>An output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tensor">Its elements; the response owns them.</param>
public readonly record struct InferenceOutput(string Name, TensorBuffer Tensor);
