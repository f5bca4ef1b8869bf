using System.Buffers.Binary;
using System.Text;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>Writes fields of a message into memory that is large enough. Their sizes are known before, since they stand before them. Fields that have nothing to say are left out, as proto3 does.</summary>
internal ref struct WireWriter(Span<byte> output)
{
    private readonly Span<byte> _output = output;

    public int Written { get; private set; }

    /// <summary>The bytes of a field with so many bytes behind its number and length.</summary>
    public static int SizeOfBytes(int length) => 1 + Varint.SizeOf((ulong)length) + length;

    public static int SizeOfText(string? text) => string.IsNullOrEmpty(text) ? 0 : SizeOfBytes(Encoding.UTF8.GetByteCount(text));

    public void Number(ulong value) => Written += Varint.Write(_output[Written..], value);

    /// <summary>The number of a field below 16.</summary>
    public void Tag(int number, WireType type) => _output[Written++] = (byte)((number << 3) | (int)type);

    /// <summary>What stands before so many bytes of a field.</summary>
    public void Bytes(int number, int length)
    {
        Tag(number, WireType.Bytes);
        Number((ulong)length);
    }

    public void Text(int number, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return;
        Bytes(number, Encoding.UTF8.GetByteCount(text));
        Written += Encoding.UTF8.GetBytes(text, _output[Written..]);
    }

    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_output[Written..], value);
        Written += sizeof(ulong);
    }
}
