using System.IO.Pipelines;
using Serve.Grpc;
using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc;

/// <summary>The messages of <c>ModelStreamInfer</c>: an answer or an error, with the id of the request in either case.</summary>
/// <param name="limit">The most bytes of a request.</param>
internal sealed class ModelStreamInferCodec(int limit) : IMessageCodec<InferCall, StreamAnswer>
{
    private readonly InferRequestReader _reader = new(answersFailures: true, limit);

    public ValueTask<InferCall> ReadAsync(PipeReader payload, int length, CancellationToken cancellationToken) => _reader.ReadAsync(payload, length, cancellationToken);

    public int SizeOf(StreamAnswer message)
    {
        message.AnswerSize = message.Answer is { } answer ? InferResponseWriter.SizeOf(answer) : WireWriter.SizeOfText(message.Id);
        return WireWriter.SizeOfText(message.Error) + WireWriter.SizeOfBytes(message.AnswerSize);
    }

    public async ValueTask WriteAsync(PipeWriter output, StreamAnswer message, CancellationToken cancellationToken)
    {
        WriteHead(output, message);
        if (message.Answer is { } answer)
            await InferResponseWriter.WriteAsync(output, answer, cancellationToken);
    }

    private static void WriteHead(PipeWriter output, StreamAnswer message)
    {
        var writer = new WireWriter(output.GetSpan(WireWriter.SizeOfText(message.Error) + WireField.MaxHeaderSize + (message.Answer is null ? message.AnswerSize : 0)));
        writer.Text(1, message.Error);
        writer.Bytes(2, message.AnswerSize);
        if (message.Answer is null)
            writer.Text(3, message.Id);
        output.Advance(writer.Written);
    }
}
