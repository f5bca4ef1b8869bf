using Microsoft.AspNetCore.Http;
using Serve.Routing.Limits;

namespace Serve.Http;

/// <summary>Counts a request against its application's rate limit. Compiled into the SDK and the server.</summary>
internal static class RateLimitGate
{
    /// <exception cref="ServeException">The request's key has used up what it may send.</exception>
    public static void Check(KeyedRateLimit? limit, HttpContext context) =>
        limit?.Check(limit.Spec.Header is { } header ? RateLimitKey.Of(context.Request.Headers[header].ToString()) : RateLimitKey.Of(context.Connection.RemoteIpAddress));
}
