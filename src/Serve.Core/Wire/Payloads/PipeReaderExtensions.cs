using System.Buffers;
using System.IO.Pipelines;

namespace Serve.Wire.Payloads;

/// <summary>Reads known numbers of bytes. What was read is given back at once, so that the sender may go on however much it is.</summary>
internal static class PipeReaderExtensions
{
    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public static async ValueTask FillAsync(this PipeReader input, Memory<byte> target, CancellationToken cancellationToken)
    {
        while (!target.IsEmpty)
        {
            var buffer = await ReadSomeAsync(input, cancellationToken);
            var part = buffer.Slice(0, Math.Min(buffer.Length, target.Length));
            part.CopyTo(target.Span);
            target = target[(int)part.Length..];
            input.AdvanceTo(part.End);
        }
    }

    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public static async ValueTask SkipAsync(this PipeReader input, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var buffer = await ReadSomeAsync(input, cancellationToken);
            var part = buffer.Slice(0, Math.Min(buffer.Length, count));
            count -= part.Length;
            input.AdvanceTo(part.End);
        }
    }

    private static async ValueTask<ReadOnlySequence<byte>> ReadSomeAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken);
        if (result.IsCanceled)
            throw new OperationCanceledException();
        return result.Buffer.IsEmpty && result.IsCompleted ? throw new EndOfStreamException("The stream ended within a payload.") : result.Buffer;
    }
}
