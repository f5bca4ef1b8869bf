using Serve.Tensors;

namespace Serve.OpenInference;

/// <summary>What holds for the inputs of a request in every encoding. What is wrong is told with the field's name as it stands in the request, its value and what it must be.</summary>
internal static class TensorRules
{
    /// <summary>More tensors than any model has; a bound for what comes from outside.</summary>
    public const int MaxTensors = 1024;

    /// <summary>More parameters than anybody sends in one place; a bound, since one costs more memory than it has bytes.</summary>
    public const int MaxParameters = 1024;

    public static ServeException Wrong(string message) => new(ServeError.BadRequest, message);

    public static TensorDataType TypeOf(int input, string name) => TensorDataTypes.TryParse(name, out var type)
        ? type
        : throw Wrong($"inputs[{input}].datatype is '{Shorten(name)}'; it must be one of {string.Join(", ", TensorDataTypes.AllNames)}.");

    /// <summary>The number of elements of a shape.</summary>
    public static int CountOf(int input, TensorDataType type, ReadOnlySpan<long> shape)
    {
        if (shape.Length > TensorSize.MaxRank)
            throw Wrong($"inputs[{input}].shape has {shape.Length} dimensions; {TensorSize.MaxRank} are the most.");
        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] < 0)
                throw Wrong($"inputs[{input}].shape[{i}] is {shape[i]}; dimensions of a request are at least 0.");
        }

        return TensorSize.TryCount(shape, out var count) && (long)count * TensorDataTypes.SizeOf(type) <= TensorSize.MaxBytes
            ? count
            : throw Wrong($"inputs[{input}].shape {TensorSize.Describe(shape)} of {TensorDataTypes.NameOf(type)} is too large; a tensor has at most {TensorSize.MaxBytes} bytes.");
    }

    /// <summary>Takes memory for a tensor that comes in its raw form.</summary>
    /// <param name="input">Which input it is.</param>
    /// <param name="type">What its elements are.</param>
    /// <param name="shape">Its dimensions, as the client gives them.</param>
    /// <param name="byteLength">The bytes that the client sends.</param>
    /// <param name="source">The field that says so, for the message: <c>raw_input_contents[0]</c>.</param>
    public static TensorBuffer RentRaw(int input, TensorDataType type, ReadOnlySpan<long> shape, long byteLength, string source)
    {
        var count = CountOf(input, type, shape);
        if (type != TensorDataType.Bytes)
        {
            var expected = (long)count * TensorDataTypes.SizeOf(type);
            return byteLength == expected
                ? TensorBuffer.Rent(type, shape)
                : throw Wrong($"{source} has {byteLength} bytes; {TensorDataTypes.NameOf(type)} of shape {TensorSize.Describe(shape)} has {expected}.");
        }

        if (byteLength > TensorSize.MaxBytes)
            throw Wrong($"{source} has {byteLength} bytes; a tensor has at most {TensorSize.MaxBytes}.");
        return byteLength >= (long)count * BytesElements.LengthSize
            ? TensorBuffer.RentBytes((int)byteLength, shape)
            : throw Wrong($"{source} has {byteLength} bytes; {count} elements of BYTES have at least {(long)count * BytesElements.LengthSize}, since each begins with its length in 4 bytes.");
    }

    /// <summary>Checks what has come for a tensor in its raw form: the lengths of texts stand among its bytes.</summary>
    public static void CheckRaw(int input, TensorBuffer tensor, string source)
    {
        if (tensor.DataType == TensorDataType.Bytes && BytesElements.WhatIsWrong(tensor.Bytes, tensor.ElementCount) is { } wrong)
            throw Wrong($"{source} of inputs[{input}] {wrong}.");
    }

    /// <summary>What a client has sent, for a message.</summary>
    public static string Shorten(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");
}
