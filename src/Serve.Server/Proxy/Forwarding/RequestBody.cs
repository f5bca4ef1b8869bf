using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Http;
using Serve.Wire.Hop;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>
/// A client's body on its way to a replica. Its beginning travels with the request's head, and is kept so that another replica can have it
/// where the first refuses; the rest goes on only when a replica has taken the request.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private static readonly RequestBody None = new(reader: null, []) { IsComplete = true };

    private readonly PipeReader? _reader;
    private readonly byte[] _buffer;
    private int _length;

    private RequestBody(PipeReader? reader, byte[] buffer)
    {
        _reader = reader;
        _buffer = buffer;
    }

    /// <summary>What travels with the head.</summary>
    public ReadOnlyMemory<byte> Inline => _buffer.AsMemory(0, _length);

    /// <summary>Whether that is all of it.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>Whether more than the beginning was read: it can't be sent again.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Why the client's body could not be read, or null.</summary>
    public Exception? ReadFailure { get; private set; }

    /// <summary>Takes the beginning of a request's body: all of a small one whose length is known, and of others what is there already.</summary>
    /// <exception cref="ServeException">The body is too large or malformed.</exception>
    /// <exception cref="OperationCanceledException">The time is up or the client has gone.</exception>
    public static ValueTask<RequestBody> BeginAsync(HttpContext context, CancellationToken cancellationToken) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true ? ValueTask.FromResult(None) : ReadBeginningAsync(context, cancellationToken);

    /// <summary>A body without an end of its own: what follows on an upgraded connection.</summary>
    public static RequestBody Endless() => new(reader: null, []);

    /// <summary>Sends what comes after the beginning, as fast as the replica takes it. Never throws: the stream is reset where the client fails.</summary>
    public async Task SendRestAsync(HopStream stream, CancellationToken cancellationToken)
    {
        IsUnderWay = true;
        try
        {
            for (var isLast = false; !isLast;)
            {
                var result = await _reader!.ReadAsync(cancellationToken);
                if (result.IsCanceled)
                    return;
                isLast = result.IsCompleted;
                await stream.WriteAsync(result.Buffer, isLast, cancellationToken);
                _reader.AdvanceTo(result.Buffer.End);
            }
        }
        catch (HopResetException)
        {
            // The replica does not want the rest; what it answers, or why it does not, is seen where the answer is read.
        }
        catch (Exception exception)
        {
            ReadFailure = exception;
            stream.Reset(cancellationToken.IsCancellationRequested ? HopResetCode.Cancelled : HopResetCode.Failed, "the client's body could not be read");
        }
    }

    /// <summary>Ends <see cref="SendRestAsync"/>, where it waits for the client too.</summary>
    public Task StopSendingAsync(Task sending)
    {
        if (!sending.IsCompleted)
            _reader!.CancelPendingRead();
        return sending;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <summary>What went wrong with a client's body, in the words of an answer.</summary>
    public static Exception Explain(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new ServeException(ServeError.TooLarge, "The request's body is larger than http_options.max_request_body_bytes allows.", exception),
        OperationCanceledException => exception,
        _ => new ServeException(ServeError.BadRequest, "The request's body could not be read.", exception),
    };

    private static async ValueTask<RequestBody> ReadBeginningAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var reader = request.BodyReader;
        var isSmall = request.ContentLength <= HopLimits.MaxInline;
        // Who asks whether to send shall be answered by the replica; and whoever speaks both ways at once may say nothing at first.
        if (request.Headers.Expect.Count > 0 || (!isSmall && request.ContentLength is null && !await HasSomethingAsync(context, reader)))
            return new RequestBody(reader, []);
        try
        {
            var wanted = isSmall ? (int)request.ContentLength!.Value : 1;
            var result = await reader.ReadAtLeastAsync(Math.Max(wanted, 1), cancellationToken);
            return Keep(reader, result, request.ContentLength);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw Explain(exception);
        }
    }

    /// <summary>Whether some of the body lies there. A client of gRPC sends its message right behind the head: it gets the chance to be seen.</summary>
    private static async ValueTask<bool> HasSomethingAsync(HttpContext context, PipeReader reader)
    {
        if (ErrorResponse.IsGrpc(context.Request))
            await Task.Yield();
        try
        {
            if (!reader.TryRead(out var result))
                return false;
            // Put back: it is taken in one place.
            reader.AdvanceTo(result.Buffer.Start, result.IsCompleted ? result.Buffer.End : result.Buffer.Start);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw Explain(exception);
        }
    }

    private static RequestBody Keep(PipeReader reader, in ReadResult result, long? declared)
    {
        var beginning = result.Buffer.Length > HopLimits.MaxInline ? result.Buffer.Slice(0, HopLimits.MaxInline) : result.Buffer;
        var length = (int)beginning.Length;
        var buffer = length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length);
        beginning.CopyTo(buffer);
        var isComplete = length == result.Buffer.Length && (result.IsCompleted || length == declared);
        reader.AdvanceTo(beginning.End);
        return new RequestBody(reader, buffer) { _length = length, IsComplete = isComplete };
    }
}
