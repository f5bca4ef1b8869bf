using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Server.Proxy;

/// <summary>What the proxy's steps tell <see cref="ProxyObserver"/> of a request while they learn it.</summary>
internal sealed class ProxyObservation
{
    /// <summary>The application that the request was for, or null where none was found.</summary>
    public ApplicationRouter? Application { get; private set; }

    /// <summary>The request's id, or null where it did not get one.</summary>
    public string? RequestId { get; private set; }

    /// <summary>A request has found its application.</summary>
    public static void OnRouted(HttpContext context, ApplicationRouter application, string requestId)
    {
        if (context.Features.Get<ProxyObservation>() is not { } observation)
            return;
        observation.Application = application;
        observation.RequestId = requestId;
    }
}
