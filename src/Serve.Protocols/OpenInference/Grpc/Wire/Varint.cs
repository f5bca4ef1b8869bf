using System.Numerics;
using System.Runtime.Intrinsics;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>Numbers of protobuf: 7 bits a byte, the lowest first, and the highest bit says that there is more: <c>96 01</c> is 150.</summary>
internal static class Varint
{
    public const int MaxSize = 10;

    /// <summary>Reads one. Of a number whose end is not there, false; one with more than 10 bytes has a size of 0.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out ulong value, out int size)
    {
        value = 0;
        for (size = 0; size < data.Length && size < MaxSize;)
        {
            var part = data[size];
            value |= (ulong)(part & 0x7F) << (7 * size);
            size++;
            if (part < 0x80)
                return true;
        }

        if (size < MaxSize)
            return false;
        size = 0;
        return true;
    }

    public static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) >> 6;

    /// <summary>Writes one, and says what is left.</summary>
    public static int Write(Span<byte> output, ulong value)
    {
        var size = 0;
        for (; value >= 0x80; value >>= 7)
            output[size++] = (byte)(value | 0x80);
        output[size++] = (byte)value;
        return size;
    }

    /// <summary>How many numbers end in there.</summary>
    public static int CountEnds(ReadOnlySpan<byte> data)
    {
        var count = 0;
        for (; Vector256.IsHardwareAccelerated && data.Length >= Vector256<byte>.Count; data = data[Vector256<byte>.Count..])
            count += Vector256<byte>.Count - BitOperations.PopCount(Vector256.Create(data).ExtractMostSignificantBits());
        foreach (var part in data)
            count += part < 0x80 ? 1 : 0;
        return count;
    }
}
