using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Serve.Http;

/// <summary>Takes the limits of bodies off what is no body but a conversation: gRPC and WebSockets may be silent for long, and go on for ever.</summary>
internal static class StreamLimits
{
    public static void Lift(HttpContext context)
    {
        if (!ErrorResponse.IsGrpc(context.Request) && context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect != true)
            return;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (context.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }
}
