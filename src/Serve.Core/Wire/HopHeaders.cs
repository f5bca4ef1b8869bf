namespace Serve.Wire;

/// <summary>
/// Headers that Serve's own processes exchange. A proxy takes every header that starts with <see cref="Prefix"/> out of a client's request,
/// so that a worker can trust them.
/// </summary>
internal static class HopHeaders
{
    public const string Prefix = "x-serve-";

    /// <summary>On a request: wait at the replica's gate rather than be refused.</summary>
    public const string Wait = "x-serve-wait";

    /// <summary>On a request: the route prefix under which it arrived, unless that is the root.</summary>
    public const string RoutePrefix = "x-serve-route-prefix";

    /// <summary>On a request: the milliseconds that it may still take.</summary>
    public const string Timeout = "x-serve-timeout-ms";

    /// <summary>On a request: the client's address.</summary>
    public const string ClientAddress = "x-serve-client-address";

    /// <summary>On a request: the scheme that the client used, unless that is http.</summary>
    public const string ClientScheme = "x-serve-client-scheme";

    /// <summary>On a response with status 503: the replica is full or drains; nothing was done, another may be asked.</summary>
    public const string Refused = "x-serve-refused";

    /// <summary>Both ways, and known to clients: names the request in logs.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>On a client's request: how long it may take, in seconds.</summary>
    public const string ClientTimeout = "x-request-timeout-seconds";
}
