using System.Buffers;
using System.IO.Pipelines;

namespace Serve.Grpc;

/// <summary>Messages that a codec reads and writes where they lie.</summary>
internal sealed class CodecFormat<TRequest, TResponse>(IMessageCodec<TRequest, TResponse> codec) : MessageFormat<TRequest, TResponse>
{
    public override ValueTask<TRequest> ReadAsync(PipeReader input, int length, CancellationToken cancellationToken) => codec.ReadAsync(input, length, cancellationToken);

    public override ValueTask<TRequest> ReadAsync(ReadOnlySequence<byte> plain, CancellationToken cancellationToken) =>
        codec.ReadAsync(PipeReader.Create(plain), (int)plain.Length, cancellationToken);

    public override ValueTask WriteAsync(PipeWriter output, TResponse message, int limit, CancellationToken cancellationToken)
    {
        MessagePrefix.Write(output, SizeOf(message, limit), isCompressed: false);
        return codec.WriteAsync(output, message, cancellationToken);
    }

    public override async ValueTask WriteAsync(PooledBuffer output, TResponse message, int limit, CancellationToken cancellationToken)
    {
        SizeOf(message, limit);
        var writer = new BufferPipeWriter(output);
        await codec.WriteAsync(writer, message, cancellationToken);
    }

    public override bool FlushesItself => true;

    public override void Release(object? message) => (message as IDisposable)?.Dispose();

    private int SizeOf(TResponse message, int limit) => codec.SizeOf(message) is var size && size <= limit ? size : throw MessageError.TooLargeToSend(limit, size);
}
