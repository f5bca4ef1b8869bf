using Microsoft.AspNetCore.Http;
using Serve.Http;

namespace Serve.Server.Proxy;

/// <summary>
/// Refuses a request whose end two servers could see at different places: one with both <c>Content-Length</c> and <c>Transfer-Encoding</c>
/// (RFC 9112 §6.1). Kestrel refuses all other ambiguous ones by itself; this one it takes as chunked and moves the length into a header of its own.
/// </summary>
internal static class RequestFraming
{
    /// <summary>Where Kestrel puts the length that it does not believe.</summary>
    private const string MovedContentLength = "X-Content-Length";

    public static bool IsAmbiguous(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey(MovedContentLength);

    public static Task RefuseAsync(HttpContext context)
    {
        // What follows on the connection may be part of the body that was smuggled.
        context.Response.Headers.Connection = "close";
        return ErrorResponse.WriteAsync(context, ServeError.BadRequest, "A request has either Content-Length or Transfer-Encoding, not both.");
    }
}
