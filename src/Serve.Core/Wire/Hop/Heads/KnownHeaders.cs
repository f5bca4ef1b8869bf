using System.Collections.Frozen;

namespace Serve.Wire.Hop.Heads;

/// <summary>Names that travel as a number. New ones go to the end; another order is another version of the protocol.</summary>
internal static class KnownHeaders
{
    private static readonly string[] Names =
    [
        "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Date",
        "ETag", "Expires", "Host", "If-Modified-Since", "If-None-Match", "Last-Modified", "Location", "Origin", "Pragma", "Referer",
        "Server", "Set-Cookie", "User-Agent", "Vary", "WWW-Authenticate", "Access-Control-Allow-Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method",
        "grpc-accept-encoding", "grpc-encoding", "grpc-message", "grpc-status", "grpc-timeout", "TE", "traceparent", "tracestate", "baggage", "x-request-id", "Range", "Content-Range",
        "Accept-Ranges", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Upgrade-Insecure-Requests", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Upgrade", "Connection", "Transfer-Encoding", "Trailer", "Retry-After", "priority", "inference-header-content-length",
    ];

    private static readonly FrozenDictionary<string, int> Numbers =
        Names.Select((name, index) => (name, index)).ToFrozenDictionary(pair => pair.name, pair => pair.index + 1, StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of a name, or 0.</summary>
    public static int NumberOf(string name) => Numbers.GetValueOrDefault(name);

    public static string? NameOf(ulong number) => number is > 0 && number <= (ulong)Names.Length ? Names[number - 1] : null;
}
