using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Messages of generated classes.</summary>
internal sealed class MarshallerFormat<TRequest, TResponse>(Marshaller<TRequest> requests, Marshaller<TResponse> responses) : MessageFormat<TRequest, TResponse>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<TRequest> ReadAsync(PipeReader input, int length, CancellationToken cancellationToken)
    {
        if (length == 0)
            return Read(ReadOnlySequence<byte>.Empty);
        var result = await input.ReadAsync(cancellationToken);
        if (result.Buffer.Length >= length)
        {
            var message = result.Buffer.Slice(0, length);
            try
            {
                return Read(message);
            }
            finally
            {
                input.AdvanceTo(message.End);
            }
        }

        // The sender may wait for room: nothing of a large message is left lying in its way.
        input.AdvanceTo(result.Buffer.Start);
        using var gathered = await MessageGathering.ReadAsync(input, length, cancellationToken);
        return Read(gathered.Sequence);
    }

    public override ValueTask<TRequest> ReadAsync(ReadOnlySequence<byte> plain, CancellationToken cancellationToken) => ValueTask.FromResult(Read(plain));

    public override ValueTask WriteAsync(PipeWriter output, TResponse message, int limit, CancellationToken cancellationToken)
    {
        var target = MarshallerOutput.Rent();
        try
        {
            target.Begin(output, limit);
            responses.ContextualSerializer(message, target);
            target.End();
        }
        finally
        {
            target.Return();
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask WriteAsync(PooledBuffer output, TResponse message, int limit, CancellationToken cancellationToken)
    {
        var target = MarshallerOutput.Rent();
        try
        {
            target.BeginBare(output, limit);
            responses.ContextualSerializer(message, target);
            target.End();
        }
        finally
        {
            target.Return();
        }

        return ValueTask.CompletedTask;
    }

    /// <exception cref="RpcException">The bytes are no such message.</exception>
    private TRequest Read(in ReadOnlySequence<byte> bytes)
    {
        var source = MarshallerInput.Rent(bytes);
        try
        {
            return requests.ContextualDeserializer(source);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw MessageError.Unreadable(typeof(TRequest).Name, exception);
        }
        finally
        {
            source.Return();
        }
    }
}
