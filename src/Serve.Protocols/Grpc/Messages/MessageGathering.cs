using System.Buffers;
using System.IO.Pipelines;

namespace Serve.Grpc;

/// <summary>Puts a message together that comes in pieces.</summary>
internal static class MessageGathering
{
    /// <exception cref="global::Grpc.Core.RpcException">The request ends before the message does.</exception>
    public static async ValueTask<PooledBuffer> ReadAsync(PipeReader input, int length, CancellationToken cancellationToken)
    {
        var gathered = new PooledBuffer();
        try
        {
            while (gathered.Length < length)
            {
                var result = await input.ReadAsync(cancellationToken);
                var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, length - gathered.Length));
                foreach (var segment in piece)
                    gathered.Write(segment.Span);
                input.AdvanceTo(piece.End);
                if (result.IsCanceled)
                    throw new OperationCanceledException(cancellationToken);
                if (result.IsCompleted && gathered.Length < length)
                    throw MessageError.Truncated();
            }

            return gathered;
        }
        catch
        {
            gathered.Dispose();
            throw;
        }
    }
}
