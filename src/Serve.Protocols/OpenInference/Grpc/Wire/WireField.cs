using System.Buffers.Binary;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>The beginning of a field of a message: <c>0A 03</c> is field 1 with 3 bytes behind it, <c>18 01</c> field 3 with the number 1.</summary>
/// <param name="Number">Which field.</param>
/// <param name="Type">How its value stands there.</param>
/// <param name="Value">The number, where it is one.</param>
/// <param name="HeaderSize">The bytes before the payload.</param>
/// <param name="PayloadSize">The bytes of the payload; 0 for numbers, which are part of the header.</param>
internal readonly record struct WireField(int Number, WireType Type, ulong Value, int HeaderSize, int PayloadSize)
{
    /// <summary>The most bytes that a header can have: the field and the number behind it.</summary>
    public const int MaxHeaderSize = 2 * Varint.MaxSize;

    public long Size => (long)HeaderSize + PayloadSize;

    /// <summary>Reads the beginning of a field; false if it is not all there.</summary>
    /// <param name="data">What is there.</param>
    /// <param name="where">What the message is, for errors.</param>
    /// <param name="field">The field.</param>
    /// <exception cref="ServeException">There can't be such a field.</exception>
    public static bool TryRead(ReadOnlySpan<byte> data, string where, out WireField field)
    {
        field = default;
        if (!Varint.TryRead(data, out var tag, out var tagSize))
            return false;
        if (tagSize == 0 || tag > uint.MaxValue || tag < 8)
            throw WireError.At(where, "a field has no number that there can be");
        var (number, type) = ((int)(tag >> 3), (WireType)(tag & 7));
        var rest = data[tagSize..];
        switch (type)
        {
            case WireType.Fixed32:
                if (rest.Length < sizeof(uint))
                    return false;
                field = new WireField(number, type, BinaryPrimitives.ReadUInt32LittleEndian(rest), tagSize + sizeof(uint), PayloadSize: 0);
                return true;
            case WireType.Fixed64:
                if (rest.Length < sizeof(ulong))
                    return false;
                field = new WireField(number, type, BinaryPrimitives.ReadUInt64LittleEndian(rest), tagSize + sizeof(ulong), PayloadSize: 0);
                return true;
            case WireType.Varint or WireType.Bytes:
                if (!Varint.TryRead(rest, out var value, out var size))
                    return false;
                if (size == 0)
                    throw WireError.At(where, $"the number of field {number} has more than {Varint.MaxSize} bytes");
                if (type == WireType.Bytes && value > int.MaxValue)
                    throw WireError.At(where, $"field {number} has a length of {value} bytes");
                field = new WireField(number, type, value, tagSize + size, type == WireType.Bytes ? (int)value : 0);
                return true;
            default:
                throw WireError.At(where, $"field {number} has the wire type {(int)type}; groups are not supported");
        }
    }

    /// <exception cref="ServeException">The value stands there otherwise.</exception>
    public void Expect(WireType type, string where)
    {
        if (Type != type)
            throw WireError.At(where, $"field {Number} has the wire type {(int)Type}; its type has {(int)type}");
    }
}
