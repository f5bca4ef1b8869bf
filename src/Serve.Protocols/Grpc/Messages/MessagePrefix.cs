using System.Buffers;
using System.Buffers.Binary;

namespace Serve.Grpc;

/// <summary>What goes before a message: whether it is compressed (1 or 0), and its length in four bytes, big-endian: <c>00 00000003 0A0161</c>.</summary>
/// <param name="IsCompressed">Whether it is compressed.</param>
/// <param name="Length">Its bytes as they travel; negative where there is no further message.</param>
internal readonly record struct MessagePrefix(bool IsCompressed, int Length)
{
    public const int Size = 5;

    public static readonly MessagePrefix End = new(IsCompressed: false, Length: -1);

    /// <exception cref="global::Grpc.Core.RpcException">There is no such message, or it is too large.</exception>
    public static MessagePrefix Read(in ReadOnlySequence<byte> bytes, int limit)
    {
        Span<byte> copy = stackalloc byte[Size];
        bytes.Slice(0, Size).CopyTo(copy);
        if (copy[0] > 1)
            throw MessageError.WrongFlag(copy[0]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(copy[1..]);
        return length <= limit ? new MessagePrefix(copy[0] == 1, (int)length) : throw MessageError.TooLarge(limit, length.ToString());
    }

    public static void Write(IBufferWriter<byte> output, int length, bool isCompressed)
    {
        var span = output.GetSpan(Size);
        span[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], length);
        output.Advance(Size);
    }
}
