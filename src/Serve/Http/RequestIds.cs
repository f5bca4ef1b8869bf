using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Wire;

namespace Serve.Http;

/// <summary>What names a request in logs and answers.</summary>
internal static class RequestIds
{
    /// <summary>The request id in the metadata of gRPC, both ways.</summary>
    public const string GrpcMetadata = "request_id";

    private const int MaxLength = 256;

    /// <summary>The client's id for the request if it has a sensible one, else a new UUID.</summary>
    public static string Of(HttpRequest request)
    {
        var given = request.Headers[HopHeaders.RequestId];
        if (StringValues.IsNullOrEmpty(given) && ErrorResponse.IsGrpc(request))
            given = request.Headers[GrpcMetadata];
        return !StringValues.IsNullOrEmpty(given) && given.ToString() is { Length: <= MaxLength } text ? text : Guid.NewGuid().ToString();
    }
}
