using Microsoft.AspNetCore.Http;
using Serve.Grpc;

namespace Grpc.Core;

/// <summary>What a call is of the web server's.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The request that the call is.</summary>
    /// <exception cref="InvalidOperationException">The call comes from elsewhere, for instance from a test.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        return serverCallContext is GrpcCall call ? call.Http : throw new InvalidOperationException("The call has no HttpContext: it was not made by a request.");
    }
}
