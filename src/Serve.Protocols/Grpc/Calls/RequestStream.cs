using Grpc.Core;

namespace Serve.Grpc;

/// <summary>The messages of a call that takes many. What it gives belongs to its reader.</summary>
internal sealed class RequestStream<TRequest, TResponse>(GrpcCall call, MessageFormat<TRequest, TResponse> format) : IAsyncStreamReader<TRequest>
{
    private TRequest? _current;
    private bool _hasCurrent;
    private bool _isAtEnd;
    private int _isReading;

    public TRequest Current => _hasCurrent ? _current! : throw new InvalidOperationException("There is no current message: MoveNext has not been called, or has returned false.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The next message can be read when the one before is: await each MoveNext.");
        try
        {
            _hasCurrent = false;
            if (_isAtEnd)
                return false;
            using var both = Join(cancellationToken);
            var token = both?.Token ?? call.CancellationToken;
            var prefix = await call.ReadPrefixAsync(token);
            _isAtEnd = prefix == MessagePrefix.End;
            if (_isAtEnd)
                return false;
            _current = await call.ReadMessageAsync(format, prefix, token);
            return _hasCurrent = true;
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    private CancellationTokenSource? Join(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && cancellationToken != call.CancellationToken ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken) : null;
}
