using System.Text.Json;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>Reads the elements of a tensor from JSON into memory of its own. Half precision has no form in JSON, as with Triton: a client that has it has its bytes.</summary>
internal static class DataReader
{
    /// <param name="reader">Stands on the first token of the data.</param>
    /// <param name="json">The text that it reads.</param>
    /// <param name="input">Which input it is.</param>
    /// <param name="type">What its elements are.</param>
    /// <param name="shape">Its dimensions, as the client gives them.</param>
    public static TensorBuffer Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int input, TensorDataType type, scoped ReadOnlySpan<long> shape)
    {
        var count = TensorRules.CountOf(input, type, shape);
        var field = new ElementField(input);
        if (reader.TokenType != JsonTokenType.StartArray)
            throw TensorRules.Wrong($"{field} is {JsonFields.Describe(ref reader)}; it must be a list.");
        // Each element takes a byte of the text at least, so that no memory is taken for elements that can't come.
        var room = json.Length - (int)reader.TokenStartIndex;
        if (count > room)
            throw TensorRules.Wrong($"{field} has fewer elements than the {count} that its shape {TensorSize.Describe(shape)} asks for.");
        return Read(ref reader, field, type, shape, count);
    }

    /// <summary>Reads what is a list, or one element by itself.</summary>
    /// <param name="reader">Stands on the first token.</param>
    /// <param name="field">Where it stands.</param>
    /// <param name="type">What its elements are.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="count">The number of elements of the shape, no more than can be there.</param>
    public static TensorBuffer Read(ref Utf8JsonReader reader, ElementField field, TensorDataType type, scoped ReadOnlySpan<long> shape, int count)
    {
        if (type is TensorDataType.Float16 or TensorDataType.BFloat16)
            throw TensorRules.Wrong($"{field} can't be read: {TensorDataTypes.NameOf(type)} has no form in JSON; send it as binary data, with parameters.binary_data_size and the header {RestHeaders.InferenceHeaderLength}.");
        if (type == TensorDataType.Bytes)
            return ReadTexts(ref reader, field, shape, count);
        var tensor = TensorBuffer.Rent(type, shape);
        try
        {
            ReadNumbers(ref reader, field, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void ReadNumbers(ref Utf8JsonReader reader, ElementField field, TensorBuffer tensor)
    {
        switch (tensor.DataType)
        {
            case TensorDataType.Bool:
                Fill<byte, ElementFormats.Bool>(ref reader, field, tensor);
                break;
            case TensorDataType.UInt8:
                Fill<byte, ElementFormats.UInt8>(ref reader, field, tensor);
                break;
            case TensorDataType.UInt16:
                Fill<ushort, ElementFormats.UInt16>(ref reader, field, tensor);
                break;
            case TensorDataType.UInt32:
                Fill<uint, ElementFormats.UInt32>(ref reader, field, tensor);
                break;
            case TensorDataType.UInt64:
                Fill<ulong, ElementFormats.UInt64>(ref reader, field, tensor);
                break;
            case TensorDataType.Int8:
                Fill<sbyte, ElementFormats.Int8>(ref reader, field, tensor);
                break;
            case TensorDataType.Int16:
                Fill<short, ElementFormats.Int16>(ref reader, field, tensor);
                break;
            case TensorDataType.Int32:
                Fill<int, ElementFormats.Int32>(ref reader, field, tensor);
                break;
            case TensorDataType.Int64:
                Fill<long, ElementFormats.Int64>(ref reader, field, tensor);
                break;
            case TensorDataType.Float32:
                Fill<float, ElementFormats.Float32>(ref reader, field, tensor);
                break;
            default:
                Fill<double, ElementFormats.Float64>(ref reader, field, tensor);
                break;
        }
    }

    private static void Fill<T, TFormat>(ref Utf8JsonReader reader, ElementField field, TensorBuffer tensor)
        where T : unmanaged
        where TFormat : struct, IElementFormat<T>
    {
        var sink = new NumberSink<T, TFormat>(tensor.AsSpan<T>());
        Fill(ref reader, ref sink, field, tensor.DataType, tensor.Shape, tensor.ElementCount);
    }

    private static void Fill<TSink>(ref Utf8JsonReader reader, ref TSink sink, ElementField field, TensorDataType type, scoped ReadOnlySpan<long> shape, int count)
        where TSink : IElementSink, allows ref struct
    {
        if (reader.TokenType == JsonTokenType.StartArray)
            ElementWalk.Read(ref reader, ref sink, field, type, shape, count);
        else
            ElementWalk.Add(ref reader, ref sink, field, type);
    }

    /// <summary>The raw form of a text is at most 4 bytes longer than its form in JSON; escapes only shrink.</summary>
    private static TensorBuffer ReadTexts(ref Utf8JsonReader reader, ElementField field, scoped ReadOnlySpan<long> shape, int count)
    {
        var end = reader;
        end.Skip();
        var bound = end.BytesConsumed - reader.TokenStartIndex + ((long)count * BytesElements.LengthSize);
        if (bound > TensorSize.MaxBytes)
            throw TensorRules.Wrong($"{field} is too large; a tensor has at most {TensorSize.MaxBytes} bytes.");
        var memory = NativeMemoryPool.Shared.Rent((int)bound);
        try
        {
            var sink = new TextSink(memory.GetSpan());
            Fill(ref reader, ref sink, field, TensorDataType.Bytes, shape, count);
            return new TensorBuffer(TensorDataType.Bytes, shape.ToArray(), count, memory, start: 0, sink.Written);
        }
        catch
        {
            memory.Release();
            throw;
        }
    }
}
