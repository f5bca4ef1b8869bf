using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>The values of the datatypes in JSON. Whole numbers have no point and no exponent; what is no finite number has a name, as in the JSON of protobuf.</summary>
internal static class ElementFormats
{
    public static ReadOnlySpan<byte> NaN => "NaN"u8;

    public static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    public static ReadOnlySpan<byte> NegativeInfinity => "-Infinity"u8;

    /// <summary>What a type takes, for messages.</summary>
    public static string Describe(TensorDataType type) => type switch
    {
        TensorDataType.Bool => "true and false",
        TensorDataType.UInt8 => Range(byte.MinValue, byte.MaxValue),
        TensorDataType.UInt16 => Range(ushort.MinValue, ushort.MaxValue),
        TensorDataType.UInt32 => Range(uint.MinValue, uint.MaxValue),
        TensorDataType.UInt64 => Range(ulong.MinValue, ulong.MaxValue),
        TensorDataType.Int8 => Range(sbyte.MinValue, sbyte.MaxValue),
        TensorDataType.Int16 => Range(short.MinValue, short.MaxValue),
        TensorDataType.Int32 => Range(int.MinValue, int.MaxValue),
        TensorDataType.Int64 => Range(long.MinValue, long.MaxValue),
        TensorDataType.Bytes => "strings",
        _ => "numbers in its range and the strings \"NaN\", \"Infinity\" and \"-Infinity\"",
    };

    private static string Range<T>(T least, T most) => $"whole numbers from {least} to {most}";

    /// <summary>One byte, 0 or 1.</summary>
    public readonly struct Bool : IElementFormat<byte>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out byte value)
        {
            value = reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
            return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        }
    }

    public readonly struct UInt8 : IElementFormat<byte>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out byte value) => Is(ref reader, out value) && reader.TryGetByte(out value);
    }

    public readonly struct UInt16 : IElementFormat<ushort>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out ushort value) => Is(ref reader, out value) && reader.TryGetUInt16(out value);
    }

    public readonly struct UInt32 : IElementFormat<uint>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out uint value) => Is(ref reader, out value) && reader.TryGetUInt32(out value);
    }

    public readonly struct UInt64 : IElementFormat<ulong>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out ulong value) => Is(ref reader, out value) && reader.TryGetUInt64(out value);
    }

    public readonly struct Int8 : IElementFormat<sbyte>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out sbyte value) => Is(ref reader, out value) && reader.TryGetSByte(out value);
    }

    public readonly struct Int16 : IElementFormat<short>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out short value) => Is(ref reader, out value) && reader.TryGetInt16(out value);
    }

    public readonly struct Int32 : IElementFormat<int>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out int value) => Is(ref reader, out value) && reader.TryGetInt32(out value);
    }

    public readonly struct Int64 : IElementFormat<long>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out long value) => Is(ref reader, out value) && reader.TryGetInt64(out value);
    }

    public readonly struct Float32 : IElementFormat<float>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out float value)
        {
            if (reader.TokenType == JsonTokenType.Number)
                return reader.TryGetSingle(out value) && float.IsFinite(value);
            var isNamed = TryReadName(ref reader, out var named);
            value = (float)named;
            return isNamed;
        }
    }

    public readonly struct Float64 : IElementFormat<double>
    {
        public static bool TryRead(ref Utf8JsonReader reader, out double value) => reader.TokenType == JsonTokenType.Number
            ? reader.TryGetDouble(out value) && double.IsFinite(value)
            : TryReadName(ref reader, out value);
    }

    private static bool Is<T>(ref Utf8JsonReader reader, out T value)
        where T : unmanaged
    {
        value = default;
        return reader.TokenType == JsonTokenType.Number;
    }

    private static bool TryReadName(ref Utf8JsonReader reader, out double value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.String)
            return false;
        if (reader.ValueTextEquals(NaN))
            value = double.NaN;
        else if (reader.ValueTextEquals(Infinity))
            value = double.PositiveInfinity;
        else if (reader.ValueTextEquals(NegativeInfinity))
            value = double.NegativeInfinity;
        else
            return false;
        return true;
    }
}
