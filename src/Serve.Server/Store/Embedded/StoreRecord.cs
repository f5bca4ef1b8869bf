using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Serve.Server.Store.Embedded;

/// <summary>
/// One record of the store's file. On disk, little-endian: <c>u32 length | u32 CRC-32C | payload</c>, where the payload is
/// <c>u8 kind | i64 revision | i32 count | entries</c> and an entry <c>key | i64 create revision | i64 mod revision | u8 has a value | value</c>
/// with text and values behind their i32 length. An entry that lives by a lease has 2 added to that byte, and the lease's i64 behind it.
/// </summary>
/// <param name="Kind">What the entries are.</param>
/// <param name="Revision">The store's revision after the record.</param>
/// <param name="Entries">The entries.</param>
internal sealed record StoreRecord(StoreRecordKind Kind, long Revision, IReadOnlyList<StoreRecordEntry> Entries)
{
    private const int PrefixLength = 8;

    /// <summary>Kind, revision and count. What claims to be shorter is no record: the zeros that a crash can leave at a file's end have the right checksum.</summary>
    private const int SmallestPayload = 13;

    private const byte HasValue = 1;
    private const byte HasLease = 2;

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
            foreach (var (key, created, modified, value, lease) in Entries)
            {
                WriteBytes(writer, Encoding.UTF8.GetBytes(key));
                writer.Write(created);
                writer.Write(modified);
                writer.Write((byte)((value is null ? 0 : HasValue) | (lease == LeaseId.None ? 0 : HasLease)));
                if (lease != LeaseId.None)
                    writer.Write(lease.Value);
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
        if (payloadLength < SmallestPayload || payloadLength > span.Length - PrefixLength)
            return null;
        var payload = bytes.Slice(PrefixLength, (int)payloadLength);
        if (Checksum(payload.Span) != BinaryPrimitives.ReadUInt32LittleEndian(span[4..]))
            return null;
        length = PrefixLength + payload.Length;
        return Parse(payload);
    }

    /// <summary>Whether bytes that are no whole record were a snapshot once.</summary>
    public static bool LooksLikeASnapshot(ReadOnlySpan<byte> bytes) => bytes.Length > PrefixLength && bytes[PrefixLength] == (byte)StoreRecordKind.Snapshot;

    private static StoreRecord Parse(ReadOnlyMemory<byte> payload)
    {
        MemoryMarshal.TryGetArray(payload, out var segment);
        using var reader = new BinaryReader(new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false), Encoding.UTF8);
        var kind = (StoreRecordKind)reader.ReadByte();
        var revision = reader.ReadInt64();
        var entries = new StoreRecordEntry[reader.ReadInt32()];
        for (var i = 0; i < entries.Length; i++)
        {
            var key = Encoding.UTF8.GetString(ReadBytes(reader));
            var created = reader.ReadInt64();
            var modified = reader.ReadInt64();
            var parts = reader.ReadByte();
            var lease = (parts & HasLease) == 0 ? LeaseId.None : new LeaseId(reader.ReadInt64());
            entries[i] = new StoreRecordEntry(key, created, modified, (parts & HasValue) == 0 ? null : ReadBytes(reader), lease);
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

/// <summary>
/// A key as it is from now on; without a value it is deleted. An entry without a key is a lease itself: its value is the time to live, and
/// without a value the lease has ended.
/// </summary>
internal readonly record struct StoreRecordEntry(string Key, long CreateRevision, long ModRevision, byte[]? Value, LeaseId Lease = default)
{
    public bool IsLease => Key.Length == 0;

    /// <summary>What the value of a lease's entry says.</summary>
    public TimeSpan TimeToLive => TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(Value));

    /// <param name="lease">The lease.</param>
    /// <param name="timeToLive">How long it lives from each extension on, or null where it has ended.</param>
    public static StoreRecordEntry Of(LeaseId lease, TimeSpan? timeToLive)
    {
        byte[]? value = null;
        if (timeToLive is { } time)
            BinaryPrimitives.WriteInt64LittleEndian(value = new byte[sizeof(long)], time.Ticks);
        return new StoreRecordEntry(Key: "", CreateRevision: 0, ModRevision: 0, value, lease);
    }
}

internal enum StoreRecordKind : byte
{
    /// <summary>Changes on top of what came before.</summary>
    Changes = 1,

    /// <summary>Everything that there is; what came before does not matter.</summary>
    Snapshot = 2,
}
