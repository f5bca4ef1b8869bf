using Microsoft.AspNetCore.Http;

namespace Serve.Http;

/// <summary>Whether a request ends with its client.</summary>
internal static class ClientPresence
{
    /// <summary>On a client's request, as a structured boolean (RFC 9651): <c>?1</c> has the work go on when the client leaves.</summary>
    private const string DisconnectDisabled = "x-request-disconnect-disabled";

    /// <summary>Cuts the request off from its client's connection where the client asks for that; its time still ends it.</summary>
    /// <returns>Cancelled when the client's going shall end the request.</returns>
    public static CancellationToken Observe(HttpContext context)
    {
        if (context.Request.Headers[DisconnectDisabled] is ["?1"])
            context.RequestAborted = CancellationToken.None;
        return context.RequestAborted;
    }
}
