using System.IO.Pipelines;
using Serve.Grpc;

namespace Serve.OpenInference.Grpc;

/// <summary>The messages of <c>ModelInfer</c>.</summary>
/// <param name="limit">The most bytes of a request.</param>
internal sealed class ModelInferCodec(int limit) : IMessageCodec<InferCall, InferAnswer>
{
    private readonly InferRequestReader _reader = new(answersFailures: false, limit);

    public ValueTask<InferCall> ReadAsync(PipeReader payload, int length, CancellationToken cancellationToken) => _reader.ReadAsync(payload, length, cancellationToken);

    public int SizeOf(InferAnswer message) => InferResponseWriter.SizeOf(message);

    public ValueTask WriteAsync(PipeWriter output, InferAnswer message, CancellationToken cancellationToken) => InferResponseWriter.WriteAsync(output, message, cancellationToken);
}
