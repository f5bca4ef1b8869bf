using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Serve.Grpc;

/// <content>The headers and messages of the answer. One at a time may be under way; the end waits for it.</content>
internal sealed partial class GrpcCall
{
    private const int Writing = 1;
    private const int Ending = 2;
    private const int Ended = 4;

    private int _state;
    private bool _hasHeaders;
    private bool _hasMessages;
    private bool _compresses;
    private bool _isBroken;

    /// <exception cref="InvalidOperationException">A write is under way, or the call has ended.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteMessageAsync<TRequest, TResponse>(
        MessageFormat<TRequest, TResponse> format, TResponse message, WriteOptions? options, bool flushes, CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            if (_isBroken)
                throw new InvalidOperationException("A message before failed half written; nothing can follow it.");
            PrepareHeaders(wantsGzip: _settings.Compresses);
            var flags = (options ?? WriteOptions)?.Flags ?? WriteFlags.None;
            if (_compresses && !flags.HasFlag(WriteFlags.NoCompress))
                await CompressAsync(format, message, cancellationToken);
            else
                await WritePlainAsync(format, message, cancellationToken);
            if (flushes && !flags.HasFlag(WriteFlags.BufferHint))
                await _output.FlushAsync(cancellationToken);
        }
        finally
        {
            EndWrite();
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        BeginWrite();
        try
        {
            if (_hasHeaders || Http.Response.HasStarted)
                throw new InvalidOperationException("The headers of the answer were sent before; they go once, before the first message.");
            var wanted = responseHeaders.GetValue(GrpcHeaders.EncodingRequest);
            PrepareHeaders(wanted is null ? _settings.Compresses : wanted == GrpcEncoding.Gzip);
            GrpcMetadata.Write(responseHeaders, Http.Response.Headers);
            await _output.FlushAsync(_token);
        }
        finally
        {
            EndWrite();
        }
    }

    private async ValueTask WritePlainAsync<TRequest, TResponse>(MessageFormat<TRequest, TResponse> format, TResponse message, CancellationToken cancellationToken)
    {
        var before = _output.CanGetUnflushedBytes ? _output.UnflushedBytes : 0;
        try
        {
            await format.WriteAsync(_output, message, _settings.SendLimit, cancellationToken);
            _hasMessages = true;
        }
        catch (Exception exception)
        {
            // What is there of the message can't be taken back: no other one can follow, only the status.
            var isBegun = _output.CanGetUnflushedBytes && _output.UnflushedBytes != before;
            _hasMessages |= isBegun;
            _isBroken = isBegun || (format.FlushesItself && exception is not RpcException);
            throw;
        }
    }

    private async ValueTask CompressAsync<TRequest, TResponse>(MessageFormat<TRequest, TResponse> format, TResponse message, CancellationToken cancellationToken)
    {
        using var plain = new PooledBuffer();
        await format.WriteAsync(plain, message, _settings.SendLimit, cancellationToken);
        using var compressed = Gzip.Compress(plain, _settings.Level);
        // A prefix goes with its message or not at all.
        cancellationToken.ThrowIfCancellationRequested();
        MessagePrefix.Write(_output, compressed.Length, isCompressed: true);
        _output.Write(compressed.Written.Span);
        _hasMessages = true;
    }

    private void PrepareHeaders(bool wantsGzip)
    {
        if (_hasHeaders)
            return;
        _hasHeaders = true;
        if (!wantsGzip || !GrpcEncoding.IsGzipAccepted(Http.Request.Headers))
            return;
        _compresses = true;
        Http.Response.Headers[GrpcHeaders.Encoding] = GrpcEncoding.Gzip;
    }

    private void BeginWrite()
    {
        var state = Interlocked.CompareExchange(ref _state, Writing, 0);
        if (state == 0)
            return;
        if ((state & (Ending | Ended)) == 0)
            throw new InvalidOperationException("A message can be written when the one before is: await each WriteAsync.");
        _token.ThrowIfCancellationRequested();
        throw new InvalidOperationException("The call has ended; nothing can be sent any more.");
    }

    private void EndWrite()
    {
        if ((Interlocked.And(ref _state, ~Writing) & Ending) != 0)
            FinishWaiting();
    }
}
