using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;

namespace Serve.Server.Proxy;

/// <summary>What the proxy's steps know of one request.</summary>
internal sealed class ProxyRequest(HttpContext context, ApplicationRouter application, string? routePrefix, RequestDeadline deadline)
{
    public HttpContext Context { get; } = context;

    public ApplicationRouter Application { get; } = application;

    /// <summary>The prefix under which the request arrived, or null where that is the root.</summary>
    public string? RoutePrefix { get; } = routePrefix;

    public RequestDeadline Deadline { get; } = deadline;

    public string RequestId { get; } = RequestIds.Of(context.Request);

    /// <summary>What the client says about the choice of a replica.</summary>
    public PickRequest Hints { get; init; }

    /// <summary>The client's IP address as text, or null.</summary>
    public string? ClientAddress => Context.Connection.RemoteIpAddress?.ToString();

    /// <summary>Whether the client's response is a replica's answer now: from here on there is no other one.</summary>
    public bool HasBegunAnswer { get; set; }
}
