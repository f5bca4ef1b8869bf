using Grpc.Core;

namespace Serve.Grpc;

/// <summary>The messages of an answer that has many.</summary>
internal sealed class ResponseStream<TRequest, TResponse>(GrpcCall call, MessageFormat<TRequest, TResponse> format) : IServerStreamWriter<TResponse>
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TResponse message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        try
        {
            using var both = cancellationToken.CanBeCanceled && cancellationToken != call.CancellationToken
                ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken) : null;
            var token = both?.Token ?? call.CancellationToken;
            token.ThrowIfCancellationRequested();
            await call.WriteMessageAsync(format, message, WriteOptions, flushes: true, token);
        }
        finally
        {
            format.Release(message);
        }
    }
}
