using Serve.Onnx.Config;
using Serve.Tensors;

namespace Serve.Onnx.Running;

/// <summary>Compares a call with the model's configuration before it gets in line, so that no other call is held up by what can't run.</summary>
internal sealed class CallCheck(LoadedModel model)
{
    private const int MostParts = 65_536;

    private readonly ModelTensor[] _inputs = [.. model.Config.Inputs];
    private readonly string[] _outputs = [.. model.Config.Outputs.Select(output => output.Name)];
    private readonly int _batchDimensions = model.Config.MaxBatchSize > 0 ? 1 : 0;

    /// <summary>The inputs in the model's order.</summary>
    /// <exception cref="OnnxInputException">One is missing, unknown, given twice, or has another type or shape.</exception>
    public TensorBuffer[] Order(IReadOnlyList<KeyValuePair<string, TensorBuffer>> given)
    {
        var ordered = new TensorBuffer[_inputs.Length];
        foreach (var (name, tensor) in given)
        {
            var index = IndexOf(name);
            if (index < 0)
                throw Wrong($"has no input '{name}'; its inputs are {DescribeAll(_inputs.Select(input => input.Name))}.");
            if (ordered[index] is not null)
                throw Wrong($"was given input '{name}' twice.");
            if (!Fits(tensor, _inputs[index]))
                throw Wrong($"takes '{name}' as {Describe(_inputs[index])}, but was given {tensor}.");
            ordered[index] = tensor;
        }

        var missing = Array.FindIndex(ordered, static tensor => tensor is null);
        return missing < 0 ? ordered : throw Wrong($"needs input '{_inputs[missing].Name}' ({Describe(_inputs[missing])}), which was not given.");
    }

    /// <summary>The names of the outputs that are wanted.</summary>
    /// <exception cref="OnnxInputException">One is unknown or stands twice.</exception>
    public IReadOnlyList<string> Outputs(IReadOnlyList<string> wanted)
    {
        if (wanted.Count == 0)
            return _outputs;
        for (var i = 0; i < wanted.Count; i++)
        {
            if (Array.IndexOf(_outputs, wanted[i]) < 0)
                throw Wrong($"has no output '{wanted[i]}'; its outputs are {DescribeAll(_outputs)}.");
            for (var j = 0; j < i; j++)
            {
                if (wanted[j] == wanted[i])
                    throw Wrong($"was asked for output '{wanted[i]}' twice.");
            }
        }

        return wanted;
    }

    /// <summary>The size of the batch dimension, which all inputs share; 1 where there is none.</summary>
    /// <exception cref="OnnxInputException">They don't, or it is 0, or the call would have to be run in too many parts.</exception>
    public long RowsOf(TensorBuffer[] inputs)
    {
        if (_batchDimensions == 0 || inputs.Length == 0)
            return 1;
        var rows = inputs[0].Shape[0];
        for (var i = 1; i < inputs.Length; i++)
        {
            if (inputs[i].Shape[0] != rows)
                throw Wrong($"was given {rows} rows of '{_inputs[0].Name}' and {inputs[i].Shape[0]} of '{_inputs[i].Name}'; all inputs must have as many.");
        }

        return rows switch
        {
            0 => throw Wrong($"was given no rows of '{_inputs[0].Name}'; there must be at least 1."),
            > int.MaxValue => throw Wrong($"was given {rows} rows of '{_inputs[0].Name}'; there can be {int.MaxValue} at most."),
            _ when SplitsIntoTooMany(rows) => throw Wrong($"was given {rows} rows of '{_inputs[0].Name}'. Its 'max_batch_size' is {model.Config.MaxBatchSize}, and a call can have {MostParts} batches at most: send {MostParts * (long)model.Config.MaxBatchSize!} rows at once, no more."),
            _ => rows,
        };
    }

    /// <summary>Rows may have no elements, so that a call of a few bytes can name any number of them.</summary>
    private bool SplitsIntoTooMany(long rows) => model.Config.SplitsLargeCalls && rows > MostParts * (long)model.Config.MaxBatchSize!;

    private int IndexOf(string name)
    {
        for (var i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i].Name == name)
                return i;
        }

        return -1;
    }

    private static string DescribeAll(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"'{name}'"));

    private string Describe(ModelTensor input) =>
        $"{TensorDataTypes.NameOf(input.DataType)} [{string.Join(", ", _batchDimensions == 1 ? [-1L, .. input.Dims] : input.Dims)}]{(_batchDimensions == 1 || input.Dims.Contains(-1) ? " (-1 takes any size)" : "")}";

    private OnnxInputException Wrong(string what) => new($"The model '{model.Name}' {what}");

    private bool Fits(TensorBuffer tensor, ModelTensor input)
    {
        if (tensor.DataType != input.DataType || tensor.Shape.Length != input.Dims.Count + _batchDimensions)
            return false;
        for (var i = 0; i < input.Dims.Count; i++)
        {
            if (input.Dims[i] >= 0 && input.Dims[i] != tensor.Shape[i + _batchDimensions])
                return false;
        }

        // What can't be read must not spoil a batch.
        return tensor.DataType != TensorDataType.Bytes || BytesElements.WhatIsWrong(tensor.Bytes, tensor.ElementCount) is not { } wrong
            ? true
            : throw Wrong($"was given '{input.Name}' as {tensor}, which {wrong}.");
    }
}
