using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Primitives;

namespace Serve.Grpc;

/// <content>The messages of the request.</content>
internal sealed partial class GrpcCall
{
    private bool _isGzip;

    /// <summary>Reads the only message of a call, up to the end of the request.</summary>
    /// <exception cref="RpcException">There is none, or more than one.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TRequest> ReadOnlyMessageAsync<TRequest, TResponse>(MessageFormat<TRequest, TResponse> format)
    {
        var prefix = await ReadPrefixAsync(_token);
        if (prefix == MessagePrefix.End)
            throw MessageError.None();
        var message = await ReadMessageAsync(format, prefix, _token);
        try
        {
            await ReadEndAsync();
            return message;
        }
        catch
        {
            format.Release(message);
            throw;
        }
    }

    /// <summary>Reads what goes before the next message.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MessagePrefix> ReadPrefixAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken);
            var bytes = result.Buffer;
            if (bytes.Length >= MessagePrefix.Size)
            {
                var prefix = MessagePrefix.Read(bytes, _settings.ReceiveLimit);
                if (prefix.IsCompressed && !_isGzip)
                    throw MessageError.NotAnnounced();
                _input.AdvanceTo(bytes.GetPosition(MessagePrefix.Size));
                return prefix;
            }

            _input.AdvanceTo(bytes.Start, bytes.End);
            if (result.IsCanceled)
                throw new OperationCanceledException(cancellationToken);
            if (result.IsCompleted)
                return bytes.IsEmpty ? MessagePrefix.End : throw MessageError.Truncated();
        }
    }

    public ValueTask<TRequest> ReadMessageAsync<TRequest, TResponse>(MessageFormat<TRequest, TResponse> format, MessagePrefix prefix, CancellationToken cancellationToken) =>
        prefix.IsCompressed ? DecompressAsync(format, prefix.Length, cancellationToken) : format.ReadAsync(_input, prefix.Length, cancellationToken);

    /// <exception cref="RpcException">The messages are compressed in a way that is not known.</exception>
    private void ReadEncoding()
    {
        if (!Http.Request.Headers.TryGetValue(GrpcHeaders.Encoding, out var given) || StringValues.IsNullOrEmpty(given))
            return;
        var encoding = given.ToString();
        _isGzip = encoding.Equals(GrpcEncoding.Gzip, StringComparison.OrdinalIgnoreCase);
        if (_isGzip || encoding.Equals(GrpcEncoding.Identity, StringComparison.OrdinalIgnoreCase))
            return;
        Http.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcEncoding.All;
        throw MessageError.UnknownEncoding(encoding);
    }

    private async ValueTask<TRequest> DecompressAsync<TRequest, TResponse>(MessageFormat<TRequest, TResponse> format, int length, CancellationToken cancellationToken)
    {
        using var compressed = await MessageGathering.ReadAsync(_input, length, cancellationToken);
        using var plain = Gzip.Decompress(compressed, _settings.ReceiveLimit);
        return await format.ReadAsync(plain.Sequence, cancellationToken);
    }

    private async ValueTask ReadEndAsync()
    {
        while (true)
        {
            var result = await _input.ReadAsync(_token);
            _input.AdvanceTo(result.Buffer.End);
            if (!result.Buffer.IsEmpty)
                throw MessageError.Several();
            if (result.IsCanceled)
                throw new OperationCanceledException(_token);
            if (result.IsCompleted)
                return;
        }
    }
}
