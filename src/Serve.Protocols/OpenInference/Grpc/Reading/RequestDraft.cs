using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>A <c>ModelInferRequest</c> that is being read, with the memory that was taken for it so far. Its parts serve one message after the other.</summary>
/// <param name="limit">The most bytes that its tensors may have.</param>
internal sealed class RequestDraft(int limit) : IFieldTarget, IDisposable
{
    private readonly TensorBudget _budget = new(limit);
    private readonly Drafts<InputDraft> _inputs = new("inputs");
    private readonly Drafts<RequestedOutputDraft> _outputs = new("outputs");
    private readonly Drafts<ElementMemory> _raw = new("raw_input_contents");
    private Dictionary<string, object>? _parameters;
    private string _model = "";
    private string _version = "";

    /// <summary>Room that goes with the draft from message to message.</summary>
    public JoiningRoom Joining { get; } = new();

    public string Where => "ModelInferRequest";

    public int LastField => 7;

    /// <summary>What the client calls the request; known also of one that is wrong further on.</summary>
    public string Id { get; private set; } = "";

    public void Take(in WireField field, ReadOnlySpan<byte> payload)
    {
        if (field.Number > LastField)
            return;
        field.Expect(WireType.Bytes, Where);
        switch (field.Number)
        {
            case 1:
                _model = WireTexts.ReadName(payload, "model_name");
                break;
            case 2:
                _version = WireTexts.ReadName(payload, "model_version");
                break;
            case 3:
                Id = WireTexts.Read(payload, "id");
                break;
            case 4:
                ParameterFields.Add(ref _parameters, payload, "parameters");
                break;
            case 5:
                WireReader.Read(AddInput(), payload);
                break;
            case 6:
                WireReader.Read(_outputs.Add(), payload);
                break;
            default:
                payload.CopyTo(AddRaw().Extend(payload.Length).Span);
                break;
        }
    }

    public async ValueTask<bool> TakeLargeAsync(WireField field, MessageWindow window)
    {
        field.Expect(WireType.Bytes, Where);
        switch (field.Number)
        {
            case 5:
                await WireReader.ReadAsync(AddInput(), window, field.PayloadSize);
                return true;
            case 6:
                await WireReader.ReadAsync(_outputs.Add(), window, field.PayloadSize);
                return true;
            case 7:
                await window.CopyToAsync(AddRaw().Extend(field.PayloadSize));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Makes the request.</summary>
    /// <exception cref="ServeException">Its parts don't go together.</exception>
    public InferCall Complete()
    {
        if (_model.Length == 0)
            throw TensorRules.Wrong("model_name is empty.");
        var outputs = _outputs.Count == 0 ? [] : new RequestedOutput[_outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = _outputs[i].Complete(i);
        for (var i = 0; i < _inputs.Count; i++)
            _inputs[i].CheckAt(i);
        if (_raw.Count > 0 && _raw.Count != _inputs.Count)
            throw TensorRules.Wrong($"raw_input_contents has {_raw.Count} entries, but there are {_inputs.Count} inputs; each input has one, or all have contents.");
        var inputs = new InferenceInput[_inputs.Count];
        var request = new InferenceRequest
        {
            Model = _model,
            Version = _version.Length == 0 ? null : _version,
            Id = Id.Length == 0 ? null : Id,
            Parameters = _parameters ?? InferenceRequest.NoParameters,
            Inputs = inputs,
            Outputs = outputs,
        };
        Fill(inputs);
        return new InferCall(request, _raw.Count > 0);
    }

    public void Dispose()
    {
        _inputs.Clear(static input => input.Dispose());
        _outputs.Clear(static output => output.Clear());
        _raw.Clear(static raw => raw.Dispose());
        _budget.Clear();
        (_model, _version, Id, _parameters) = ("", "", "", null);
    }

    private InputDraft AddInput()
    {
        var input = _inputs.Add();
        input.Budget = _budget;
        return input;
    }

    private ElementMemory AddRaw()
    {
        var raw = _raw.Add();
        (raw.Budget, raw.Where) = (_budget, "raw_input_contents");
        return raw;
    }

    private void Fill(InferenceInput[] inputs)
    {
        var filled = 0;
        try
        {
            for (; filled < inputs.Length; filled++)
                inputs[filled] = _raw.Count > 0 ? _inputs[filled].CompleteRaw(filled, _raw[filled]) : _inputs[filled].CompleteTyped(filled);
        }
        catch
        {
            while (filled > 0)
                inputs[--filled].Tensor.Dispose();
            throw;
        }
    }
}
