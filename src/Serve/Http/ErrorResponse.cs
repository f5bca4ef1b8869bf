using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serve.Errors;

namespace Serve.Http;

/// <summary>Answers a request with a failure, as plain text or, to a gRPC client, as its status. Compiled into the SDK and the server.</summary>
internal static class ErrorResponse
{
    private const string GrpcContentType = "application/grpc";

    public static bool IsGrpc(HttpRequest request) => IsGrpc(request.Headers);

    public static bool IsGrpc(IHeaderDictionary headers) => headers.ContentType is [{ } type, ..] && type.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers, or cuts the response off where it has begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The kind of failure.</param>
    /// <param name="message">What the client is told: no internals.</param>
    /// <param name="retryAfter">When it makes sense to try again, where more is known than the kind of failure says.</param>
    public static Task WriteAsync(HttpContext context, ServeError error, string message, TimeSpan? retryAfter = null)
    {
        if (context.Response.HasStarted)
        {
            CutOff(context, error, message);
            return Task.CompletedTask;
        }

        var requestId = context.Response.Headers["x-request-id"];
        context.Response.Clear();
        context.Response.Headers["x-request-id"] = requestId;
        var status = ErrorMap.StatusOf(error);
        if (IsGrpc(context.Request))
            return WriteGrpcAsync(context, status.Grpc, message);
        context.Response.StatusCode = status.Http;
        if ((retryAfter is { } time ? (int)Math.Ceiling(time.TotalSeconds) : status.RetryAfterSeconds) is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(message);
    }

    /// <summary>Ends a response that has begun so that its client sees that it is not whole: a gRPC client by its status, any other by the loss of the connection.</summary>
    public static void CutOff(HttpContext context, ServeError error, string message)
    {
        if (!IsGrpc(context.Request) || !context.Response.SupportsTrailers())
        {
            context.Abort();
            return;
        }

        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseTrailersFeature>()?.Trailers.ContainsKey("grpc-status") == true)
            return;
        context.Response.AppendTrailer("grpc-status", ((int)ErrorMap.StatusOf(error).Grpc).ToString(CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(message));
    }

    /// <summary>A trailers-only response: status and message stand in the headers (grpc/grpc, doc/PROTOCOL-HTTP2.md).</summary>
    private static Task WriteGrpcAsync(HttpContext context, GrpcStatus status, string message)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = GrpcContentType;
        context.Response.Headers["grpc-status"] = ((int)status).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(message);
        return context.Response.CompleteAsync();
    }
}
