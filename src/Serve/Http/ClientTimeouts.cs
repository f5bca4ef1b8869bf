using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Http;

/// <summary>Reads from a request what its client says about its time.</summary>
internal static class ClientTimeouts
{
    /// <returns>Null for no limit.</returns>
    public static TimeSpan? Of(HttpRequest request, ApplicationRoutes application, RequestTimeouts timeouts) =>
        timeouts.Of(ErrorResponse.IsGrpc(request), request.Headers[HopHeaders.ClientTimeout], request.Headers[RequestTimeouts.GrpcTimeout], application);
}
