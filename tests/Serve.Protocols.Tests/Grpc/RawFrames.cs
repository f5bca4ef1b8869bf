using System.Buffers.Binary;
using System.IO.Compression;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>The frames of messages, by hand: a byte that says whether it is compressed, the length in four bytes, the message.</summary>
internal static class RawFrames
{
    private const int PrefixLength = 5;

    public static byte[] Frame(byte[] message, byte flag = 0)
    {
        var frame = new byte[PrefixLength + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, PrefixLength);
        return frame;
    }

    public static byte[] Gzip(byte[] message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(message);
        return compressed.ToArray();
    }

    public static byte[] Unzip(byte[] message)
    {
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(message), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    public static IEnumerable<(byte Flag, byte[] Message)> Split(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1));
            yield return (body[at], body[(at + PrefixLength)..(at + PrefixLength + length)]);
            at += PrefixLength + length;
        }
    }
}
