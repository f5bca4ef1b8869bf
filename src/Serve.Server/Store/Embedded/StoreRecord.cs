using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Serve.Server.Store.Embedded;

/// <summary>
/// One record of the store's file. On disk, little-endian: <c>u32 length | u32 CRC-32C | payload</c>, where the payload is
/// <c>u8 kind | i64 revision | i32 count | entries</c> and an entry <c>key | i64 create revision | u8 has a value | value</c>
/// with text and values behind their i32 length.
/// </summary>
/// <param name="Kind">What the entries are.</param>
/// <param name="Revision">The store's revision after the record.</param>
/// <param name="Entries">The entries; one without a value deletes its key.</param>
internal sealed record StoreRecord(StoreRecordKind Kind, long Revision, IReadOnlyList<(string Key, long CreateRevision, byte[]? Value)> Entries)
{
    /// <summary>The bytes before the payload.</summary>
    public const int PrefixLength = 8;

    public void AppendTo(MemoryStream target)
    {
        var start = target.Length;
        target.Position = start;
        target.Write(stackalloc byte[PrefixLength]);
        using (var writer = new BinaryWriter(target, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((byte)Kind);
            writer.Write(Revision);
            writer.Write(Entries.Count);
            foreach (var (key, created, value) in Entries)
            {
                WriteBytes(writer, Encoding.UTF8.GetBytes(key));
                writer.Write(created);
                writer.Write(value is not null);
                if (value is not null)
                    WriteBytes(writer, value);
            }
        }

        var record = target.GetBuffer().AsSpan((int)start, (int)(target.Length - start));
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(record.Length - PrefixLength));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Checksum(record[PrefixLength..]));
    }

    /// <summary>Reads the record that starts at the beginning of the bytes, or null where it is cut off or damaged.</summary>
    /// <param name="bytes">The rest of the file.</param>
    /// <param name="length">The number of bytes that the record takes, prefix included.</param>
    public static StoreRecord? Read(ReadOnlyMemory<byte> bytes, out int length)
    {
        length = 0;
        var span = bytes.Span;
        if (span.Length < PrefixLength)
            return null;
        var payloadLength = BinaryPrimitives.ReadUInt32LittleEndian(span);
        if (payloadLength > span.Length - PrefixLength)
            return null;
        var payload = bytes.Slice(PrefixLength, (int)payloadLength);
        if (Checksum(payload.Span) != BinaryPrimitives.ReadUInt32LittleEndian(span[4..]))
            return null;
        length = PrefixLength + payload.Length;
        return Parse(payload);
    }

    private static StoreRecord Parse(ReadOnlyMemory<byte> payload)
    {
        MemoryMarshal.TryGetArray(payload, out var segment);
        using var reader = new BinaryReader(new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false), Encoding.UTF8);
        var kind = (StoreRecordKind)reader.ReadByte();
        var revision = reader.ReadInt64();
        var entries = new (string, long, byte[]?)[reader.ReadInt32()];
        for (var i = 0; i < entries.Length; i++)
        {
            var key = Encoding.UTF8.GetString(ReadBytes(reader));
            var created = reader.ReadInt64();
            entries[i] = (key, created, reader.ReadBoolean() ? ReadBytes(reader) : null);
        }

        return new StoreRecord(kind, revision, entries);
    }

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}

internal enum StoreRecordKind : byte
{
    /// <summary>Changes on top of what came before.</summary>
    Changes = 1,

    /// <summary>Everything that there is; what came before does not matter.</summary>
    Snapshot = 2,
}
