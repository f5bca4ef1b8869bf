using Microsoft.Extensions.Primitives;
using Serve.Wire;

namespace Serve.Server.Proxy;

/// <summary>
/// Which headers of a client go no further than the proxy: those of the connection (RFC 9110 §7.6.1), and those by which a client could pass
/// for someone else. Who the client is, the proxy says itself.
/// </summary>
internal static class RequestHeaderRules
{
    private const StringComparison Fold = StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether a worker must not see the header, whatever the request is.</summary>
    public static bool IsDropped(string name) => name.Length > 0 && (name[0] | 0x20) switch
    {
        'c' => name.Equals("Connection", Fold),
        'f' => name.Equals("Forwarded", Fold),
        'h' => name.Equals("HTTP2-Settings", Fold),
        'k' => name.Equals("Keep-Alive", Fold),
        'p' => name.StartsWith("Proxy-", Fold),
        't' => name.Equals("Transfer-Encoding", Fold),
        'u' => name.Equals("Upgrade", Fold),
        'x' => name.StartsWith(HopHeaders.Prefix, Fold) || name.StartsWith("X-Forwarded-", Fold) || IsOriginal(name),
        _ => false,
    };

    /// <summary>The headers that the client's own <c>Connection</c> header names as meant for the proxy only; null where there is none.</summary>
    public static HashSet<string>? Nominated(StringValues connection)
    {
        HashSet<string>? names = null;
        foreach (var value in connection)
        {
            foreach (var part in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                // What the connection says of itself is dropped anyway. What tells where the request is meant for is not the client's to take away.
                if (!IsDropped(part) && !part.Equals("close", Fold) && !part.Equals("Host", Fold) && !part.Equals("Content-Length", Fold) && !part.Equals("TE", Fold))
                    (names ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(part);
            }
        }

        return names;
    }

    /// <summary>Where ASP.NET Core keeps what was there before it believed a trusted proxy.</summary>
    private static bool IsOriginal(string name) => name.Equals("X-Original-For", Fold) || name.Equals("X-Original-Proto", Fold) || name.Equals("X-Original-Host", Fold);
}
