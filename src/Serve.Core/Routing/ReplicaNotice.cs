using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Serve.Routing;

/// <summary>What a replica tells the routers that are connected to it, without being asked.</summary>
internal static class ReplicaNotice
{
    /// <summary>The multiplexed models that the replica holds now, all of them.</summary>
    public const byte HeldModels = 1;

    /// <summary>A model id that is longer can't be told to routers.</summary>
    public const int MaxModelIdBytes = ushort.MaxValue;

    /// <summary>Writes the ids of models: of each its length in two bytes, little-endian, and its UTF-8.</summary>
    public static void WriteModels(IBufferWriter<byte> writer, IEnumerable<string> models)
    {
        foreach (var model in models)
        {
            var length = Encoding.UTF8.GetByteCount(model);
            if (length > MaxModelIdBytes)
                throw new ArgumentException($"The model id '{model[..32]}…' has {length} bytes; at most {MaxModelIdBytes} can be told to routers.", nameof(models));
            var span = writer.GetSpan(sizeof(ushort) + length);
            BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)length);
            Encoding.UTF8.GetBytes(model, span[sizeof(ushort)..]);
            writer.Advance(sizeof(ushort) + length);
        }
    }

    /// <summary>Reads what <see cref="WriteModels"/> wrote.</summary>
    /// <exception cref="FormatException">It is cut off.</exception>
    public static IReadOnlyList<string> ReadModels(ReadOnlySpan<byte> blob)
    {
        var models = new List<string>();
        while (!blob.IsEmpty)
        {
            if (blob.Length < sizeof(ushort) || BinaryPrimitives.ReadUInt16LittleEndian(blob) is var length && blob.Length < sizeof(ushort) + length)
                throw new FormatException("The notice of held models is cut off.");
            models.Add(Encoding.UTF8.GetString(blob.Slice(sizeof(ushort), length)));
            blob = blob[(sizeof(ushort) + length)..];
        }

        return models;
    }
}
