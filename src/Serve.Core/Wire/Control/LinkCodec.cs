using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Wire.Control;

/// <summary>The link between agent and worker, and the line between node and leader: a unix stream socket with messages of JSON, each behind its length (u32, little-endian).</summary>
internal static class LinkCodec
{
    /// <summary>The most bytes in one message.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    public static byte[] Encode<T>(T message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, typeof(T), LinkJson.Default);
        if (json.Length > MaxLength)
            throw new InvalidDataException($"A {typeof(T).Name} of {json.Length} bytes is over the link's bound of {MaxLength}.");
        var framed = new byte[4 + json.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(framed, (uint)json.Length);
        json.CopyTo(framed, 4);
        return framed;
    }

    /// <summary>Reads one message; null where the peer has closed the link.</summary>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, CancellationToken cancellationToken)
        where T : class
    {
        var prefix = new byte[4];
        if (await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellationToken) < prefix.Length)
            return null;
        var json = new byte[CheckLength(prefix)];
        await stream.ReadExactlyAsync(json, cancellationToken);
        return Decode<T>(json);
    }

    /// <summary>The blocking twin of <see cref="ReadAsync{T}"/>, for a thread of its own that works even when the thread pool does not.</summary>
    public static T? Read<T>(Stream stream)
        where T : class
    {
        var prefix = new byte[4];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
            return null;
        var json = new byte[CheckLength(prefix)];
        stream.ReadExactly(json);
        return Decode<T>(json);
    }

    private static int CheckLength(byte[] prefix)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        return length <= MaxLength ? (int)length : throw new InvalidDataException($"A message of {length} bytes is over the link's bound of {MaxLength}.");
    }

    private static T Decode<T>(byte[] json)
        where T : class
    {
        try
        {
            return (T?)JsonSerializer.Deserialize(json, typeof(T), LinkJson.Default) ?? throw new InvalidDataException("The link carried null.");
        }
        catch (NotSupportedException exception)
        {
            throw new InvalidDataException("The link carried a message without a type.", exception);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerMessage))]
[JsonSerializable(typeof(AgentMessage))]
[JsonSerializable(typeof(NodeMessage))]
[JsonSerializable(typeof(LeaderMessage))]
internal sealed partial class LinkJson : JsonSerializerContext;
