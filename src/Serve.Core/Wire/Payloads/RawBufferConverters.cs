using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Wire.Payloads;

/// <summary>
/// Keeps arrays and memory of numbers, <see cref="Tensor{T}"/> and <see cref="TensorBuffer"/> out of the JSON: in their place stands the number of the buffer that
/// carries their bytes, or <c>{"buffer":n,"shape":[…]}</c> for a tensor, with a <c>"type"</c> where it has one.
/// </summary>
internal sealed class RawBufferConverterFactory : JsonConverterFactory
{
    private static readonly HashSet<Type> Numbers =
    [
        typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Half), typeof(float), typeof(double),
    ];

    public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(TensorBuffer) || ElementOf(typeToConvert) is { } element && Numbers.Contains(element);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        if (typeToConvert == typeof(TensorBuffer))
            return new TensorBufferConverter();
        var converter = typeToConvert switch
        {
            { IsArray: true } => typeof(ArrayConverter<>),
            _ when typeToConvert.GetGenericTypeDefinition() == typeof(Memory<>) => typeof(MemoryConverter<>),
            _ when typeToConvert.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>) => typeof(ReadOnlyMemoryConverter<>),
            _ => typeof(TensorConverter<>),
        };
        return (JsonConverter)Activator.CreateInstance(converter.MakeGenericType(ElementOf(typeToConvert)!))!;
    }

    private static Type? ElementOf(Type type)
    {
        if (type.IsSZArray)
            return type.GetElementType();
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(Memory<>) || definition == typeof(ReadOnlyMemory<>) || definition == typeof(Tensor<>)
            ? type.GetGenericArguments()[0]
            : null;
    }

    private sealed class ArrayConverter<T> : JsonConverter<T[]>
        where T : unmanaged
    {
        public override T[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            RawBuffers.Current.Receive<T>(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, T[] value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(RawBuffers.Current.Add<T>(value));
    }

    private sealed class MemoryConverter<T> : JsonConverter<Memory<T>>
        where T : unmanaged
    {
        public override Memory<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            RawBuffers.Current.Receive<T>(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, Memory<T> value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(RawBuffers.Current.Add<T>(value));
    }

    private sealed class ReadOnlyMemoryConverter<T> : JsonConverter<ReadOnlyMemory<T>>
        where T : unmanaged
    {
        public override ReadOnlyMemory<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            RawBuffers.Current.Receive<T>(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<T> value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(RawBuffers.Current.Add(value));
    }

    private sealed class TensorConverter<T> : JsonConverter<Tensor<T>>
        where T : unmanaged
    {
        public override Tensor<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var head = JsonSerializer.Deserialize(ref reader, PayloadJson.Default.TensorHead)
                ?? throw new JsonException("A tensor is null where one is needed.");
            try
            {
                return new Tensor<T>(RawBuffers.Current.Receive<T>(head.Buffer), [.. head.Shape ?? throw new JsonException("A tensor has no shape.")]);
            }
            catch (ArgumentException exception)
            {
                throw new JsonException(exception.Message, exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, Tensor<T> value, JsonSerializerOptions options)
        {
            var index = RawBuffers.Current.Add<T>(value.Data);
            JsonSerializer.Serialize(writer, new TensorHead(index, [.. value.Shape]), PayloadJson.Default.TensorHead);
        }
    }
}

/// <summary>What stands in the JSON for a tensor. The shape is a list so that it is not itself kept out as a buffer.</summary>
internal sealed record TensorHead([property: JsonPropertyName("buffer")] int Buffer, [property: JsonPropertyName("shape")] List<int>? Shape);

[JsonSerializable(typeof(TensorHead))]
[JsonSerializable(typeof(TensorBufferHead))]
internal sealed partial class PayloadJson : JsonSerializerContext;
