using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>How long a request may take that does not say so itself: as its application's document says, or else as the proxy's options do.</summary>
internal sealed class RequestTimeouts(HttpOptions http, GrpcOptions grpc)
{
    /// <returns>Null for no limit.</returns>
    public TimeSpan? Of(HttpRequest request, ApplicationRoutes application) => application.RequestTimeout switch
    {
        null when ErrorResponse.IsGrpc(request) => grpc.RequestTimeout ?? http.RequestTimeout,
        null => http.RequestTimeout,
        { Ticks: 0 } => null,
        var declared => declared,
    };
}
