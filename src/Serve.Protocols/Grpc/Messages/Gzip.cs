using System.IO.Compression;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Messages compressed by gzip (RFC 1952).</summary>
internal static class Gzip
{
    private const int BlockSize = 16 * 1024;

    /// <summary>Decompresses a message.</summary>
    /// <param name="compressed">The message as it came.</param>
    /// <param name="limit">The most bytes that may come out of it.</param>
    /// <exception cref="RpcException">It is no gzip, or more than that.</exception>
    public static PooledBuffer Decompress(PooledBuffer compressed, int limit)
    {
        var plain = new PooledBuffer();
        try
        {
            using var gzip = new GZipStream(compressed.OpenRead(), CompressionMode.Decompress);
            while (gzip.Read(plain.GetSpan(BlockSize)) is > 0 and var count)
            {
                if (count > limit - plain.Length)
                    throw MessageError.TooLarge(limit, "more when it is decompressed");
                plain.Advance(count);
            }

            return plain;
        }
        catch (InvalidDataException exception)
        {
            plain.Dispose();
            throw MessageError.NotGzip(exception);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    public static PooledBuffer Compress(PooledBuffer plain, CompressionLevel level)
    {
        var compressed = new PooledBuffer();
        using var gzip = new GZipStream(new BufferStream(compressed), level);
        gzip.Write(plain.Written.Span);
        return compressed;
    }

    /// <summary>Lets a stream write into a buffer.</summary>
    private sealed class BufferStream(PooledBuffer buffer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(buffer.GetSpan(bytes.Length));
            buffer.Advance(bytes.Length);
        }

        public override void Write(byte[] bytes, int offset, int count) => Write(bytes.AsSpan(offset, count));

        public override void Flush()
        {
            // Nothing is held back.
        }

        public override int Read(byte[] bytes, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
