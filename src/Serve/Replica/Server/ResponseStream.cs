namespace Serve.Replica.Server;

/// <summary>The body of an answer as a stream: what is written leaves at once.</summary>
internal sealed class ResponseStream(ResponseBody body, HopRequest request) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = body.WriteAsync(buffer, cancellationToken);
        return writing.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(writing.AsTask());
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushing = body.FlushAsync(cancellationToken);
        return flushing.IsCompletedSuccessfully ? Task.CompletedTask : flushing.AsTask();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        request.CheckSynchronous();
#pragma warning disable VSTHRD002 // The user has asked for it.
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public override void Flush()
    {
        request.CheckSynchronous();
#pragma warning disable VSTHRD002 // The user has asked for it.
        FlushAsync(CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
