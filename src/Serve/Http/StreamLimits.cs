using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Serve.Http;

/// <summary>
/// Takes the limits of bodies off what is no body but a conversation: gRPC and WebSockets may be silent for long, and go on for ever. A content type alone says nothing to an endpoint
/// that is not gRPC: who answers a request decides, and who passes it on looks at all that makes a call.
/// </summary>
internal static class StreamLimits
{
    /// <summary>For a call that is answered here.</summary>
    public static void Lift(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    /// <summary>For what is passed on.</summary>
    public static void LiftForCallsAndSockets(HttpContext context)
    {
        if (IsCall(context.Request) || IsSocket(context))
            Lift(context);
    }

    /// <summary>For a WebSocket over HTTP/2.</summary>
    public static void LiftForSockets(HttpContext context)
    {
        if (IsSocket(context))
            Lift(context);
    }

    private static bool IsCall(HttpRequest request) =>
        ErrorResponse.IsGrpc(request) && HttpMethods.IsPost(request.Method) && !HttpProtocol.IsHttp11(request.Protocol) && !HttpProtocol.IsHttp10(request.Protocol);

    private static bool IsSocket(HttpContext context) => context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true;
}
