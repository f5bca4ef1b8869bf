using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Server.Proxy;

/// <summary>What the proxy's steps know of one request.</summary>
internal sealed class ProxyRequest(HttpContext context, ApplicationRouter application, string? routePrefix, RequestDeadline deadline)
{
    private const int MaxRequestIdLength = 256;

    public HttpContext Context { get; } = context;

    public ApplicationRouter Application { get; } = application;

    /// <summary>The prefix under which the request arrived, or null where that is the root.</summary>
    public string? RoutePrefix { get; } = routePrefix;

    public RequestDeadline Deadline { get; } = deadline;

    public string RequestId { get; } = RequestIdOf(context.Request);

    /// <summary>The client's id for the request if it has a sensible one, else a new UUID.</summary>
    private static string RequestIdOf(HttpRequest request)
    {
        var given = request.Headers[HopHeaders.RequestId];
        return !StringValues.IsNullOrEmpty(given) && given.ToString() is { Length: <= MaxRequestIdLength } text ? text : Guid.NewGuid().ToString();
    }
}
