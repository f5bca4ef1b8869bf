namespace Serve.OpenInference.Rest;

/// <summary>A request to infer as its JSON says it, with the forms that its outputs shall have. Owns the inputs.</summary>
internal sealed class InferCall : IDisposable
{
    private Dictionary<string, bool>? _forms;
    private List<RequestedOutput>? _outputs;
    private List<int>? _blobs;

    public string? Id { get; set; }

    public Dictionary<string, object>? Parameters { get; set; }

    public List<InferenceInput> Inputs { get; } = [];

    public IReadOnlyList<RequestedOutput> Outputs => _outputs ?? (IReadOnlyList<RequestedOutput>)[];

    /// <summary>Which inputs' bytes follow the JSON, in this order; their tensors are there already.</summary>
    public IReadOnlyList<int> Blobs => _blobs ?? (IReadOnlyList<int>)[];

    /// <summary>Whether outputs of which nothing else is said are sent as bytes.</summary>
    public bool IsBinary { get; set; }

    /// <summary>Whether perhaps not all outputs are JSON.</summary>
    public bool MayBeBinary => IsBinary || _forms is not null;

    public void AddOutput(RequestedOutput output, bool? isBinary)
    {
        (_outputs ??= []).Add(output);
        if (isBinary is { } form)
            (_forms ??= new(StringComparer.Ordinal))[output.Name] = form;
    }

    public void AddBlob(int input) => (_blobs ??= []).Add(input);

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
