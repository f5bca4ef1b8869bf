using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Wire.Payloads;

/// <summary>Keeps the bytes of a <see cref="TensorBuffer"/> out of the JSON, where <c>{"buffer":0,"type":"FP32","shape":[2,64]}</c> stands for it. It is received where an engine can read it.</summary>
internal sealed class TensorBufferConverter : JsonConverter<TensorBuffer>
{
    public override TensorBuffer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var head = JsonSerializer.Deserialize(ref reader, PayloadJson.Default.TensorBufferHead) ?? throw new JsonException("A tensor is null where one is needed.");
        if (head.Type is null || !TensorDataTypes.TryParse(head.Type, out var type))
            throw new JsonException($"A tensor has the type '{head.Type}', which is none.");
        return RawBuffers.Current.ReceiveTensor(head.Buffer, type, CollectionsMarshal.AsSpan(head.Shape ?? throw new JsonException("A tensor has no shape.")));
    }

    public override void Write(Utf8JsonWriter writer, TensorBuffer value, JsonSerializerOptions options)
    {
        var index = RawBuffers.Current.Add(value);
        writer.WriteStartObject();
        writer.WriteNumber("buffer", index);
        writer.WriteString("type", TensorDataTypes.NameOf(value.DataType));
        writer.WriteStartArray("shape");
        foreach (var dimension in value.Shape)
            writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>What stands in the JSON for a tensor of any type. The shape is a list so that it is not itself kept out as a buffer.</summary>
internal sealed record TensorBufferHead(
    [property: JsonPropertyName("buffer")] int Buffer, [property: JsonPropertyName("type")] string? Type, [property: JsonPropertyName("shape")] List<long>? Shape);
