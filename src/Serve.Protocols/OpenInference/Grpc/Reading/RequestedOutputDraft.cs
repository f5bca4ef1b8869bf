using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>An <c>InferRequestedOutputTensor</c> that is being read.</summary>
internal sealed class RequestedOutputDraft : IFieldTarget
{
    private Dictionary<string, object>? _parameters;
    private string _name = "";

    public string Where => "outputs";

    public int LastField => 2;

    public void Take(in WireField field, ReadOnlySpan<byte> payload)
    {
        if (field.Number > LastField)
            return;
        field.Expect(WireType.Bytes, Where);
        if (field.Number == 1)
            _name = WireTexts.ReadName(payload, Where);
        else
            ParameterFields.Add(ref _parameters, payload, "outputs.parameters");
    }

    public ValueTask<bool> TakeLargeAsync(WireField field, MessageWindow window) => ValueTask.FromResult(false);

    /// <exception cref="ServeException">It has no name.</exception>
    public RequestedOutput Complete(int index)
    {
        if (_name.Length == 0)
            throw TensorRules.Wrong($"outputs[{index}].name is empty.");
        return _parameters is null ? new RequestedOutput(_name) : new RequestedOutput(_name) { Parameters = _parameters };
    }

    public void Clear() => (_name, _parameters) = ("", null);
}
