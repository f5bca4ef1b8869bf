using System.Buffers.Binary;

namespace Serve.Wire.Hop;

/// <summary>What a frame means. Their layouts are in <c>src/docs/hop.md</c>.</summary>
internal enum HopFrameType : byte
{
    /// <summary>The first frame of each end: who speaks, in which version.</summary>
    Hello = 1,

    /// <summary>Client: a stream begins, with its head and the beginning of its body.</summary>
    Open = 2,

    /// <summary>Server: the stream has its slot; the rest of its body may come.</summary>
    Accept = 3,

    /// <summary>Server: the stream was not taken; nothing was done for it.</summary>
    Refuse = 4,

    /// <summary>Server: the answer's head and the beginning of its body.</summary>
    Head = 5,

    /// <summary>More of a body.</summary>
    Data = 6,

    /// <summary>What follows the body; ends this direction.</summary>
    Trailers = 7,

    /// <summary>Room for more bytes, on a stream or, with stream 0, on the connection.</summary>
    Window = 8,

    /// <summary>The stream is over for both ends.</summary>
    Reset = 9,

    /// <summary>Asks for a <see cref="Pong"/>.</summary>
    Ping = 10,

    Pong = 11,

    /// <summary>Server: something that concerns all streams.</summary>
    Notice = 12,

    /// <summary>The sender is about to go, or cuts a peer off that broke the protocol; says why.</summary>
    GoAway = 13,
}

[Flags]
internal enum HopFrameFlags : byte
{
    None = 0,

    /// <summary>Nothing more follows in this direction of the stream.</summary>
    End = 1,
}

/// <summary>The 12 bytes before each payload, little-endian: <c>u32 length | u8 type | u8 flags | u16 zero | u32 stream</c>.</summary>
internal readonly record struct HopFrame(int Length, HopFrameType Type, HopFrameFlags Flags, uint Stream)
{
    public const int HeaderLength = 12;

    public bool IsEnd => (Flags & HopFrameFlags.End) == HopFrameFlags.End;

    /// <exception cref="HopProtocolException">No frame begins like that.</exception>
    public static HopFrame Read(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length > HopLimits.MaxPayload)
            throw new HopProtocolException($"a frame of {length} bytes; the most is {HopLimits.MaxPayload}");
        if (bytes[4] is < (byte)HopFrameType.Hello or > (byte)HopFrameType.GoAway)
            throw new HopProtocolException($"a frame of unknown type {bytes[4]}");
        if (bytes[5] > (byte)HopFrameFlags.End || bytes[6] != 0 || bytes[7] != 0)
            throw new HopProtocolException("a frame with unknown flags");
        return new HopFrame((int)length, (HopFrameType)bytes[4], (HopFrameFlags)bytes[5], BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
    }

    /// <summary>Sets <see cref="HopFrameFlags.End"/> in a header that is written already.</summary>
    public static void MarkEnd(Span<byte> header) => header[5] |= (byte)HopFrameFlags.End;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Length);
        bytes[4] = (byte)Type;
        bytes[5] = (byte)Flags;
        bytes[6] = 0;
        bytes[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Stream);
    }
}
