namespace Serve.OpenInference;

/// <summary>A request to run a model.</summary>
public sealed class InferenceRequest : IDisposable
{
    /// <summary>No parameters.</summary>
    public static readonly IReadOnlyDictionary<string, object> NoParameters = new Dictionary<string, object>(StringComparer.Ordinal).AsReadOnly();

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The version, or null for the one that the server chooses.</summary>
    public string? Version { get; init; }

    /// <summary>What the client calls the request, or null.</summary>
    public string? Id { get; init; }

    /// <summary>Whatever else the client says, by name: a <c>string</c>, <c>bool</c>, <c>long</c>, <c>ulong</c> or <c>double</c> each.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = NoParameters;

    /// <summary>The inputs, in the client's order.</summary>
    public required IReadOnlyList<InferenceInput> Inputs { get; init; }

    /// <summary>The outputs that the client wants, in its order; empty: all.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary>Gives the inputs' memory back.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Tensor.Dispose();
    }
}

/// <summary>An input of a request.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tensor">Its elements; the request owns them.</param>
public readonly record struct InferenceInput(string Name, TensorBuffer Tensor)
{
    /// <summary>Whatever else the client says about it, as for the request.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = InferenceRequest.NoParameters;
}

/// <summary>An output that a client wants.</summary>
/// <param name="Name">Its name.</param>
public readonly record struct RequestedOutput(string Name)
{
    /// <summary>Whatever else the client says about it, as for the request.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = InferenceRequest.NoParameters;
}
