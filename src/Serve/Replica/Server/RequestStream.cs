using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Serve.Replica.Server;

/// <summary>The body of a request as a stream.</summary>
internal sealed class RequestStream(RequestBody body, HopRequest request) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = body.ReadAsync(cancellationToken);
#pragma warning disable VSTHRD103 // It is complete.
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(Take(read.Result, buffer.Span)) : AwaitAsync(read, buffer);
#pragma warning restore VSTHRD103
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => body.CopyToAsync(destination, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count)
    {
        request.CheckSynchronous();
#pragma warning disable VSTHRD002 // The user has asked for it.
        return ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<ReadResult> read, Memory<byte> buffer) => Take(await read, buffer.Span);

    private int Take(ReadResult result, Span<byte> buffer)
    {
        if (result.IsCanceled)
        {
            body.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("The read was cancelled.");
        }

        var part = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
        part.CopyTo(buffer);
        var count = (int)part.Length;
        body.AdvanceTo(part.End);
        return count;
    }
}
