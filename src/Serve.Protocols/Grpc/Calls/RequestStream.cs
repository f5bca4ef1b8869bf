using Grpc.Core;

namespace Serve.Grpc;

/// <summary>The messages of a call that takes many. What it gives belongs to its reader.</summary>
internal sealed class RequestStream<TRequest, TResponse>(GrpcCall call, MessageFormat<TRequest, TResponse> format) : IAsyncStreamReader<TRequest>
{
    private TRequest? _current;
    private bool _hasCurrent;
    private bool _isAtEnd;
    private bool _isBroken;
    private int _isReading;

    public TRequest Current => _hasCurrent ? _current! : throw new InvalidOperationException("There is no current message: MoveNext has not been called, or has returned false.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The next message can be read when the one before is: await each MoveNext.");
        try
        {
            _hasCurrent = false;
            if (_isBroken)
                throw new InvalidOperationException("The message before was left half read, since reading it failed or was cancelled; no other can be found behind it.");
            if (_isAtEnd)
                return false;
            using var both = Join(cancellationToken);
            await ReadNextAsync(both?.Token ?? call.CancellationToken);
            return _hasCurrent = !_isAtEnd;
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>A wait for a message can be cancelled and done again; what ends within a message leaves its rest on the connection, where no other is found any more.</summary>
    private async ValueTask ReadNextAsync(CancellationToken token)
    {
        MessagePrefix prefix;
        try
        {
            prefix = await call.ReadPrefixAsync(token);
        }
        catch (RpcException)
        {
            _isBroken = true;
            throw;
        }

        _isAtEnd = prefix == MessagePrefix.End;
        if (_isAtEnd)
            return;
        try
        {
            _current = await call.ReadMessageAsync(format, prefix, token);
        }
        catch (Exception exception)
        {
            // What only can't be understood was consumed as a whole.
            _isBroken = exception is OperationCanceledException or IOException or RpcException { StatusCode: StatusCode.Internal };
            throw;
        }
    }

    private CancellationTokenSource? Join(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && cancellationToken != call.CancellationToken ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken) : null;
}
