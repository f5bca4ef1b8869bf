using System.Buffers;

namespace Serve.TestProgram.Behaviour;

/// <summary>What endpoints do with bodies.</summary>
internal static class Uploads
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Reads a body to its end and keeps nothing of it.</summary>
    public static async Task<long> CountAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var total = 0L;
            while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                total += read;
            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
