using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Serve.TestProgram.Behaviour;

/// <summary>
/// The messages of gRPC: each is a byte (0: not compressed), its length in four bytes, big-endian, and the message itself, here plain text
/// (grpc/grpc, doc/PROTOCOL-HTTP2.md). The tests' client is compiled with this file too.
/// </summary>
internal static class GrpcFrames
{
    private const int PrefixLength = 5;
    private const int MaxMessage = 1024 * 1024;

    /// <summary>Reads messages up to the end of the stream.</summary>
    public static async IAsyncEnumerable<string> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = new byte[PrefixLength];
        while (await body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken) is not 0 and var read)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
            if (read < PrefixLength || length > MaxMessage)
                throw new InvalidDataException($"A message of {length} bytes after {read} bytes of its prefix.");
            var message = new byte[length];
            await body.ReadExactlyAsync(message, cancellationToken);
            yield return Encoding.UTF8.GetString(message);
        }
    }

    /// <summary>A message with its prefix.</summary>
    public static byte[] Frame(string message)
    {
        var framed = new byte[PrefixLength + Encoding.UTF8.GetByteCount(message)];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)(framed.Length - PrefixLength));
        Encoding.UTF8.GetBytes(message, framed.AsSpan(PrefixLength));
        return framed;
    }
}
