using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Server.Proxy;

/// <summary>What the proxy's steps know of one request.</summary>
internal sealed class ProxyRequest(HttpContext context, ApplicationRouter application, string? routePrefix, RequestDeadline deadline)
{
    /// <summary>The request id in the metadata of gRPC, both ways.</summary>
    public const string GrpcRequestId = "request_id";

    private const int MaxRequestIdLength = 256;

    public HttpContext Context { get; } = context;

    public ApplicationRouter Application { get; } = application;

    /// <summary>The prefix under which the request arrived, or null where that is the root.</summary>
    public string? RoutePrefix { get; } = routePrefix;

    public RequestDeadline Deadline { get; } = deadline;

    /// <summary>What the request wishes of its replica.</summary>
    public PickRequest Wishes { get; init; }

    public string RequestId { get; } = RequestIdOf(context.Request);

    /// <summary>The client's IP address as text, or null.</summary>
    public string? ClientAddress => Context.Connection.RemoteIpAddress?.ToString();

    /// <summary>Whether the client's response is a replica's answer now: from here on there is no other one.</summary>
    public bool HasBegunAnswer { get; set; }

    /// <summary>The client's id for the request if it has a sensible one, else a new UUID.</summary>
    private static string RequestIdOf(HttpRequest request)
    {
        var given = request.Headers[HopHeaders.RequestId];
        if (given.Count == 0 && ErrorResponse.IsGrpc(request))
            given = request.Headers[GrpcRequestId];
        return given is [{ Length: > 0 and <= MaxRequestIdLength } text] ? text : Guid.NewGuid().ToString();
    }
}
