using System.Buffers.Binary;

namespace Serve.Wire.Payloads;

/// <summary>The sizes that a payload announces; within the bounds, whoever sent it.</summary>
internal readonly record struct PayloadHead(int JsonLength, int Buffers)
{
    /// <summary>The bytes before the buffers.</summary>
    public long Length => PayloadWriter.PrefixLength + 8L * Buffers + JsonLength;

    /// <exception cref="InvalidDataException">A size is over its bound.</exception>
    public static PayloadHead Read(ReadOnlySpan<byte> bytes)
    {
        var json = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var buffers = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (json > PayloadOptions.MaxJsonLength || buffers > RawBuffers.MaxCount)
            throw new InvalidDataException($"A payload of {json} bytes of JSON and {buffers} buffers is over the bounds of {PayloadOptions.MaxJsonLength} and {RawBuffers.MaxCount}.");
        return new PayloadHead((int)json, (int)buffers);
    }

    /// <summary>Reads the lengths of the buffers, which follow the first bytes.</summary>
    /// <exception cref="InvalidDataException">A length is over its bound.</exception>
    public long[] ReadLengths(ReadOnlySpan<byte> bytes)
    {
        if (Buffers == 0)
            return [];
        var lengths = new long[Buffers];
        var total = 0L;
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
            if (lengths[i] is < 0 or > PayloadOptions.MaxBufferLength || (total += lengths[i]) > PayloadOptions.MaxLength)
                throw WrongLength(i, lengths[i]);
        }

        return lengths;
    }

    public static InvalidDataException WrongLength(int buffer, long length) =>
        new($"Buffer {buffer} of {length} bytes is over the bound of {PayloadOptions.MaxBufferLength}, or takes the payload over that of {PayloadOptions.MaxLength}.");
}
