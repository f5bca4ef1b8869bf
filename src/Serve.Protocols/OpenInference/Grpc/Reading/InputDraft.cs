using Serve.OpenInference.Grpc.Wire;
using Serve.Tensors;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>An <c>InferInputTensor</c> that is being read.</summary>
internal sealed class InputDraft : IFieldTarget, IDisposable
{
    private Dictionary<string, object>? _parameters;
    private string _name = "";
    private string _dataType = "";
    private long[] _shape = [];

    public string Where => "inputs";

    public int LastField => 5;

    /// <summary>What the elements may take from.</summary>
    public TensorBudget? Budget
    {
        set => Contents.Memory.Budget = value;
    }

    private ContentsDraft Contents { get; } = new();

    public void Take(in WireField field, ReadOnlySpan<byte> payload)
    {
        if (field.Number > LastField)
            return;
        if (field.Number == 3 && field.Type == WireType.Varint)
        {
            AddDimension((long)field.Value);
            return;
        }

        field.Expect(WireType.Bytes, Where);
        switch (field.Number)
        {
            case 1:
                _name = WireTexts.ReadName(payload, "inputs.name");
                break;
            case 2:
                _dataType = WireTexts.ReadName(payload, "inputs.datatype");
                break;
            case 3:
                AddDimensions(payload);
                break;
            case 4:
                ParameterFields.Add(ref _parameters, payload, "inputs.parameters");
                break;
            default:
                WireReader.Read(ExpectContents(), payload);
                break;
        }
    }

    public async ValueTask<bool> TakeLargeAsync(WireField field, MessageWindow window)
    {
        field.Expect(WireType.Bytes, Where);
        if (field.Number != 5)
            return false;
        await WireReader.ReadAsync(ExpectContents(), window, field.PayloadSize);
        return true;
    }

    /// <summary>Looks whether it is an input that can be sent.</summary>
    /// <exception cref="ServeException">It is none.</exception>
    public void CheckAt(int index)
    {
        if (_name.Length == 0)
            throw TensorRules.Wrong($"inputs[{index}].name is empty.");
        if (_parameters is not null)
            RequestRules.CheckMemory("inputs", index, _parameters);
    }

    /// <summary>Makes the input of what the message has of it itself.</summary>
    /// <exception cref="ServeException">Type, shape and contents don't go together.</exception>
    public InferenceInput CompleteTyped(int index)
    {
        var type = TensorRules.TypeOf(index, _dataType);
        var count = TensorRules.CountOf(index, type, _shape);
        var field = ContentsFields.Of(type);
        if (field == ContentsField.None)
            throw TensorRules.Wrong($"inputs[{index}].contents has no field for {_dataType}; send '{_name}' and all other inputs in raw_input_contents.");
        if (Contents.Count > 0 && Contents.Kind != field)
            throw TensorRules.Wrong($"inputs[{index}].contents has its elements in {ContentsFields.NameOf(Contents.Kind)}; those of {_dataType} belong into {ContentsFields.NameOf(field)}.");
        if (Contents.Count != count)
            throw TensorRules.Wrong($"inputs[{index}].contents.{ContentsFields.NameOf(field)} has {Contents.Count} elements; the shape {TensorSize.Describe(_shape)} asks for {count}.");
        var size = TensorDataTypes.SizeOf(type);
        if (size > 0 && size < ContentsFields.SizeOf(field) && Contents.Memory.Narrow(type) is >= 0 and var wrong)
            throw TensorRules.Wrong($"inputs[{index}].contents.{ContentsFields.NameOf(field)}[{wrong}] does not fit into {_dataType}.");
        return Complete(Contents.Memory.ToTensor(type, _shape, count));
    }

    /// <summary>Makes the input of its entry in <c>raw_input_contents</c>, which is then the input's.</summary>
    /// <exception cref="ServeException">Type, shape and entry don't go together.</exception>
    public InferenceInput CompleteRaw(int index, ElementMemory raw)
    {
        var type = TensorRules.TypeOf(index, _dataType);
        var count = TensorRules.CountOf(index, type, _shape);
        if (Contents.Count > 0)
            throw TensorRules.Wrong($"inputs[{index}].contents has elements although the request has raw_input_contents; send '{_name}' raw as well, or all inputs in contents.");
        if (type == TensorDataType.Bytes)
        {
            if (BytesElements.WhatIsWrong(raw.Bytes, count) is { } wrong)
                throw TensorRules.Wrong($"raw_input_contents[{index}] {wrong}.");
        }
        else if (raw.Length != (long)count * TensorDataTypes.SizeOf(type))
        {
            throw TensorRules.Wrong($"raw_input_contents[{index}] has {raw.Length} bytes; {_dataType} of shape {TensorSize.Describe(_shape)} has {(long)count * TensorDataTypes.SizeOf(type)}.");
        }

        return Complete(raw.ToTensor(type, _shape, count));
    }

    public void Dispose()
    {
        Contents.Dispose();
        (_name, _dataType, _shape, _parameters) = ("", "", [], null);
    }

    private InferenceInput Complete(TensorBuffer tensor) => _parameters is null ? new InferenceInput(_name, tensor) : new InferenceInput(_name, tensor) { Parameters = _parameters };

    private ContentsDraft ExpectContents()
    {
        Contents.Expected = _shape.Length > 0 && TensorSize.TryCount(_shape, out var count) ? count : -1;
        Contents.Memory.Where = _name;
        return Contents;
    }

    private void AddDimensions(ReadOnlySpan<byte> packed)
    {
        var count = Varint.CountEnds(packed);
        MakeRoom(count);
        var start = _shape.Length;
        Array.Resize(ref _shape, start + count);
        for (var i = start; i < _shape.Length; i++)
        {
            _ = Varint.TryRead(packed, out var value, out var size);
            if (size == 0)
                throw WireError.At("inputs.shape", $"a number has more than {Varint.MaxSize} bytes");
            _shape[i] = (long)value;
            packed = packed[size..];
        }

        if (!packed.IsEmpty)
            throw WireError.At("inputs.shape", "the last number is cut off");
    }

    private void AddDimension(long dimension)
    {
        MakeRoom(1);
        _shape = [.. _shape, dimension];
    }

    private void MakeRoom(int count)
    {
        if (_shape.Length + count > TensorSize.MaxRank)
            throw TensorRules.Wrong($"inputs.shape of '{TensorRules.Shorten(_name)}' has more than {TensorSize.MaxRank} dimensions, which are the most.");
    }
}
