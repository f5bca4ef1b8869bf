namespace Serve.OpenInference.Rest;

/// <summary>A request to infer as its JSON says it, with the forms that its outputs shall have. Owns the inputs.</summary>
internal sealed class InferCall : IDisposable
{
    private Dictionary<string, bool>? _forms;

    public string? Id { get; set; }

    public Dictionary<string, object>? Parameters { get; set; }

    public List<InferenceInput> Inputs { get; } = [];

    public List<RequestedOutput> Outputs { get; } = [];

    /// <summary>Which inputs' bytes follow the JSON, in this order; their tensors are there already.</summary>
    public List<int> Blobs { get; } = [];

    /// <summary>Whether outputs of which nothing else is said are sent as bytes.</summary>
    public bool IsBinary { get; set; }

    /// <summary>Whether perhaps not all outputs are JSON.</summary>
    public bool MayBeBinary => IsBinary || _forms is not null;

    public void SetForm(string output, bool isBinary) => (_forms ??= new(StringComparer.Ordinal))[output] = isBinary;

    public bool IsBinaryOutput(string output) => _forms is not null && _forms.TryGetValue(output, out var isBinary) ? isBinary : IsBinary;

    public InferenceRequest ToRequest(string model, string? version) => new()
    {
        Model = model,
        Version = version,
        Id = Id,
        Parameters = Parameters ?? InferenceRequest.NoParameters,
        Inputs = Inputs,
        Outputs = Outputs,
    };

    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Tensor.Dispose();
    }
}
