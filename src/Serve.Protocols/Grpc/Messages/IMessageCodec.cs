using System.IO.Pipelines;

namespace Serve.Grpc;

/// <summary>Reads and writes messages of a method straight between the connection and whatever they become, for methods on the hot path; all others have marshallers.</summary>
/// <typeparam name="TRequest">What a request is read into.</typeparam>
/// <typeparam name="TResponse">What a response is written from.</typeparam>
internal interface IMessageCodec<TRequest, TResponse>
{
    /// <summary>Reads a message.</summary>
    /// <param name="payload">Where it comes from, decompressed. All of the message is consumed and nothing behind it, also where it is wrong.</param>
    /// <param name="length">Its bytes; the layer has compared them with the limit.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServeException">It is malformed (<see cref="ServeError.BadRequest"/>).</exception>
    ValueTask<TRequest> ReadAsync(PipeReader payload, int length, CancellationToken cancellationToken);

    /// <summary>The bytes that <see cref="WriteAsync"/> will write.</summary>
    /// <exception cref="ServeException">They are more than a message can have.</exception>
    int SizeOf(TResponse message);

    /// <summary>Writes a message. The layer flushes at its end.</summary>
    ValueTask WriteAsync(PipeWriter output, TResponse message, CancellationToken cancellationToken);
}
