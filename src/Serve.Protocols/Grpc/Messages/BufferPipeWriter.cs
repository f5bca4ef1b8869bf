using System.IO.Pipelines;

namespace Serve.Grpc;

/// <summary>Lets a codec write into a buffer.</summary>
internal sealed class BufferPipeWriter(PooledBuffer buffer) : PipeWriter
{
    public override void Advance(int bytes) => buffer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => buffer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => buffer.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(default(FlushResult));

    public override void CancelPendingFlush()
    {
        // No flush waits.
    }

    public override void Complete(Exception? exception = null)
    {
        // The buffer is its owner's.
    }
}
