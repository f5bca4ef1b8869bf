using System.Text.Json;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>
/// Reads an input of a request. Its data goes straight into its tensor; where it stands before the shape or the datatype its place is remembered and it is read at the end.
/// </summary>
internal static class InputReader
{
    private const int NotSaid = -1;

    /// <param name="reader">Stands on the input's beginning.</param>
    /// <param name="json">The text that it reads.</param>
    /// <param name="call">The request so far.</param>
    /// <param name="blobs">The bytes behind the JSON, or null.</param>
    public static InferenceInput Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, InferCall call, BlobRoom? blobs)
    {
        var index = call.Inputs.Count;
        if (index == TensorRules.MaxTensors)
            throw TensorRules.Wrong($"inputs has more than {TensorRules.MaxTensors} inputs.");
        if (reader.TokenType != JsonTokenType.StartObject)
            throw TensorRules.Wrong($"inputs[{index}] is {JsonFields.Describe(ref reader)}; it must be an object.");
        TensorBuffer? tensor = null;
        try
        {
            return ReadFields(ref reader, json, call, blobs, index, ref tensor);
        }
        catch
        {
            tensor?.Dispose();
            throw;
        }
    }

    private static InferenceInput ReadFields(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, InferCall call, BlobRoom? blobs, int index, ref TensorBuffer? tensor)
    {
        string? name = null;
        TensorDataType? type = null;
        Dictionary<string, object>? parameters = null;
        Span<long> dimensions = stackalloc long[TensorSize.MaxRank];
        long binarySize = NotSaid;
        int rank = NotSaid, dataStart = NotSaid;
        var once = default(OnceOnly);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                once.Check(0, "inputs", index, "name");
                name = JsonFields.ReadText(ref reader, "The name of an input");
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                once.Check(1, "inputs", index, "datatype");
                type = ReadType(ref reader, index);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                once.Check(2, "inputs", index, "shape");
                rank = ReadShape(ref reader, index, dimensions);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                once.Check(3, "inputs", index, "data");
                reader.Read();
                if (type is { } known && rank >= 0)
                {
                    tensor = DataReader.Read(ref reader, json, index, known, dimensions[..rank]);
                }
                else
                {
                    dataStart = (int)reader.TokenStartIndex;
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                once.Check(4, "inputs", index, "parameters");
                ReadParameters(ref reader, index, ref binarySize, ref parameters);
            }
            else
            {
                reader.Skip();
            }
        }

        var missing = name is null ? "name" : rank < 0 ? "shape" : type is null ? "datatype" : null;
        if (missing is not null)
            throw TensorRules.Wrong($"inputs[{index}].{missing} is missing.");
        if (dataStart >= 0)
        {
            var rest = json[dataStart..];
            var data = new Utf8JsonReader(rest, JsonFields.ReaderOptions);
            data.Read();
            tensor = DataReader.Read(ref data, rest, index, type!.Value, dimensions[..rank]);
        }

        if (binarySize >= 0)
            tensor = RentBlob(call, blobs, index, tensor, type!.Value, dimensions[..rank], binarySize);
        else if (tensor is null)
            throw TensorRules.Wrong($"inputs[{index}].data is missing, as is parameters.binary_data_size, which would say that it follows the JSON.");
        return parameters is null ? new InferenceInput(name!, tensor) : new InferenceInput(name!, tensor) { Parameters = parameters };
    }

    private static TensorBuffer RentBlob(InferCall call, BlobRoom? blobs, int index, TensorBuffer? data, TensorDataType type, ReadOnlySpan<long> shape, long size)
    {
        if (data is not null)
            throw TensorRules.Wrong($"inputs[{index}] has data, and parameters.binary_data_size says that it follows the JSON; it can have one of them.");
        if (blobs is null)
            throw TensorRules.Wrong($"inputs[{index}].parameters.binary_data_size says that data follows the JSON, but the request has no header {RestHeaders.InferenceHeaderLength}.");
        blobs.Take(index, size);
        var tensor = TensorRules.RentRaw(index, type, shape, size, $"inputs[{index}].parameters.binary_data_size");
        call.AddBlob(index);
        return tensor;
    }

    private static TensorDataType ReadType(ref Utf8JsonReader reader, int index)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw TensorRules.Wrong($"inputs[{index}].datatype is {JsonFields.Describe(ref reader)}; it must be a string.");
        return TensorRules.TypeOf(index, reader.GetString()!);
    }

    private static int ReadShape(ref Utf8JsonReader reader, int index, scoped Span<long> dimensions)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw TensorRules.Wrong($"inputs[{index}].shape is {JsonFields.Describe(ref reader)}; it must be a list of whole numbers.");
        var rank = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rank++)
        {
            if (rank == dimensions.Length)
                throw TensorRules.Wrong($"inputs[{index}].shape has more than {dimensions.Length} dimensions.");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out dimensions[rank]))
                throw TensorRules.Wrong($"inputs[{index}].shape[{rank}] is {JsonFields.Describe(ref reader)}; it must be a whole number.");
        }

        return rank;
    }

    private static void ReadParameters(ref Utf8JsonReader reader, int index, ref long binarySize, ref Dictionary<string, object>? parameters)
    {
        for (var more = JsonFields.BeginsObject(ref reader, "parameters of an input"); more && JsonFields.Next(ref reader);)
        {
            if (!reader.ValueTextEquals("binary_data_size"u8))
            {
                JsonFields.AddParameter(ref reader, new ParameterOwner("inputs", index), ref parameters);
                continue;
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out binarySize) || binarySize < 0)
                throw TensorRules.Wrong($"inputs[{index}].parameters.binary_data_size is {JsonFields.Describe(ref reader)}; it must be a number of bytes.");
        }
    }
}
