using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Serve.Http;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>Carries a replica's answer to the client.</summary>
internal static class Answer
{
    private const string GrpcStatusHeader = "grpc-status";

    /// <summary>Sets the client's response to the head of the answer.</summary>
    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    public static void CopyHead(HopStream stream, ProxyRequest request, bool isUpgrade)
    {
        var response = request.Context.Response;
        var reader = new HeadReader(stream.Head.Span);
        response.StatusCode = HttpResponseHead.Read(ref reader).Status;
        while (!reader.IsAtEnd)
        {
            var (name, value) = reader.ReadHeader();
            if (!IsDropped(name, isUpgrade))
                Add(response.Headers, name, value);
        }

        response.Headers[HopHeaders.RequestId] = request.RequestId;
        // Where nothing follows the head it stands for the trailers, too.
        if (stream.IsInlineComplete && ErrorResponse.IsGrpc(request.Context.Request))
            response.Headers[RequestIds.GrpcMetadata] = request.RequestId;
    }

    /// <summary>Whether an answer's head says that the replica itself has failed: with 500, or as gRPC does (INTERNAL, UNAVAILABLE).</summary>
    public static bool IsFailure(HttpResponse response) =>
        response.StatusCode == StatusCodes.Status500InternalServerError || (response.Headers.TryGetValue(GrpcStatusHeader, out var status) && status is ["13" or "14"]);

    /// <summary>Sends the body, and what follows it, as it comes.</summary>
    /// <exception cref="HopResetException">The replica stopped in the middle.</exception>
    /// <exception cref="OperationCanceledException">The time is up or the client has gone.</exception>
    public static ValueTask CopyBodyAsync(HopStream stream, ProxyRequest request)
    {
        var response = request.Context.Response;
        if (!stream.IsInlineComplete)
            return StreamBodyAsync(stream, request);
        var body = stream.InlineBody.Span;
        if (body.IsEmpty)
            return ValueTask.CompletedTask;
        // The length is known, so that the client need not be sent chunks.
        response.ContentLength ??= body.Length;
        response.BodyWriter.Write(body);
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask StreamBodyAsync(HopStream stream, ProxyRequest request)
    {
        var response = request.Context.Response;
        var writer = response.BodyWriter;
        var cancellationToken = request.Deadline.Token;
        var input = stream.Input;
        // Whoever waits for the head may not get anything else for long.
        if (!input.TryRead(out var read))
        {
            await writer.FlushAsync(cancellationToken);
            read = await input.ReadAsync(cancellationToken);
        }

        // Counted here: of an answer whose length is known Kestrel counts no bytes after the first flush.
        for (long unflushed = 0; ;)
        {
            foreach (var segment in read.Buffer)
                writer.Write(segment.Span);
            unflushed += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
            var isThere = input.TryRead(out read);
            if (!isThere || unflushed > HopLimits.MaxData)
            {
                await writer.FlushAsync(cancellationToken);
                unflushed = 0;
            }

            if (!isThere)
                read = await input.ReadAsync(cancellationToken);
        }

        // For the same reason it would never send the last of them by itself. Chunks have an end of their own, which it sends.
        if (response.ContentLength is not null)
            await writer.FlushAsync(cancellationToken);
        CopyTrailers(stream, request);
    }

    private static void CopyTrailers(HopStream stream, ProxyRequest request)
    {
        var response = request.Context.Response;
        if (!response.SupportsTrailers())
            return;
        var reader = new HeadReader(stream.Trailers.Span);
        while (!reader.IsAtEnd)
        {
            var (name, value) = reader.ReadHeader();
            response.AppendTrailer(name, value);
        }

        if (ErrorResponse.IsGrpc(request.Context.Request))
            response.AppendTrailer(RequestIds.GrpcMetadata, request.RequestId);
    }

    private static void Add(IHeaderDictionary headers, string name, StringValues value)
    {
        if (headers.TryGetValue(name, out var before) && before.Count > 0)
            value = StringValues.Concat(before, value);
        try
        {
            headers[name] = value;
        }
        catch (InvalidOperationException)
        {
            throw new HopProtocolException($"an answer whose header '{name}' HTTP does not allow");
        }
    }

    /// <summary>What concerns the connection between proxy and worker only (RFC 9110 §7.6.1).</summary>
    private static bool IsDropped(string name, bool isUpgrade) => name.Length switch
    {
        7 => !isUpgrade && name.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase),
        10 => name.Equals(HeaderNames.KeepAlive, StringComparison.OrdinalIgnoreCase) || (!isUpgrade && name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase)),
        16 => name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase),
        _ => name.Length == 0 || name[0] == ':',
    };
}
