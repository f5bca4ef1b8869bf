namespace Serve.Wire;

/// <summary>Headers that mean something to Serve. What its own processes say to each other stands in the heads of the hop, never in headers.</summary>
internal static class HopHeaders
{
    /// <summary>Headers that begin so are Serve's own: a proxy takes them out of a client's request.</summary>
    public const string Prefix = "x-serve-";

    /// <summary>Both ways, and known to clients: names the request in logs.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>On a client's request: how long it may take, in seconds.</summary>
    public const string ClientTimeout = "x-request-timeout-seconds";
}
