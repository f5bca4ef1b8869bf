using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Serve.Grpc;

/// <summary>Refuses what is no call of gRPC, with a status of HTTP beside that of gRPC.</summary>
internal static class RequestCheck
{
    /// <returns>Whether the request is a call.</returns>
    public static bool Accept(HttpContext http)
    {
        var request = http.Request;
        if (!IsGrpc(request.ContentType))
        {
            Refuse(http.Response, StatusCodes.Status415UnsupportedMediaType, $"The content type is '{request.ContentType}', but has to be '{GrpcHeaders.ContentType}'.");
            return false;
        }

        if (!HttpProtocol.IsHttp11(request.Protocol) && !HttpProtocol.IsHttp10(request.Protocol))
            return true;
        http.Response.Headers[HeaderNames.Upgrade] = HttpProtocol.Http2;
        Refuse(http.Response, StatusCodes.Status426UpgradeRequired, $"gRPC needs HTTP/2, but the request came by {request.Protocol}.");
        return false;
    }

    /// <summary><c>application/grpc</c>, with what may follow: a format (<c>+proto</c>) or parameters.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(GrpcHeaders.ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == GrpcHeaders.ContentType.Length || contentType[GrpcHeaders.ContentType.Length] is ';' or '+');

    private static void Refuse(HttpResponse response, int status, string detail)
    {
        response.StatusCode = status;
        response.Headers[GrpcHeaders.Status] = ((int)StatusCode.Internal).ToString(CultureInfo.InvariantCulture);
        response.Headers[GrpcHeaders.Message] = GrpcMessageText.Encode(detail);
    }
}
