using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serve.Replica.Server;

/// <summary>
/// The target of a request, taken apart: <c>/shop/items/a%20b?x=1</c> below the prefix <c>/shop</c> is path base <c>/shop</c>, path <c>/items/a b</c> and
/// query <c>?x=1</c>. Keeps its texts, since the next request is often for the same target.
/// </summary>
internal sealed class RequestTarget
{
    private string _prefix = "";

    /// <summary>As the client wrote it.</summary>
    public string Raw { get; private set; } = "";

    public string PathBase { get; private set; } = "";

    /// <summary>Decoded, but for <c>%2F</c>, and without dot segments.</summary>
    public string Path { get; private set; } = "";

    /// <summary>With its question mark, or empty.</summary>
    public string Query { get; private set; } = "";

    public void Read(ReadOnlySpan<byte> target, ReadOnlySpan<byte> prefix)
    {
        if (Ascii.Equals(target, Raw) && Ascii.Equals(prefix, _prefix))
            return;
        Raw = Encoding.UTF8.GetString(target);
        if (!Ascii.Equals(prefix, _prefix))
            _prefix = Encoding.UTF8.GetString(prefix);
        var origin = OriginOf(Raw);
        var query = origin.IndexOf('?', StringComparison.Ordinal);
        Query = query < 0 ? "" : origin[query..];
        Split(Decode(query < 0 ? origin : origin[..query]));
    }

    private void Split(string path)
    {
        var isBelow = _prefix.Length > 0 && path.StartsWith(_prefix, StringComparison.Ordinal) && (path.Length == _prefix.Length || path[_prefix.Length] == '/');
        PathBase = isBelow ? _prefix : "";
        Path = isBelow ? path[_prefix.Length..] : path;
    }

    /// <summary>Path and query: all of it, what follows the host of a whole URI, or nothing for <c>*</c> and for the host and port of a CONNECT (RFC 9112 §3.2).</summary>
    private static string OriginOf(string target)
    {
        if (target.StartsWith('/'))
            return target;
        var host = target.IndexOf("://", StringComparison.Ordinal);
        if (host < 0)
            return "";
        var end = target.AsSpan(host + 3).IndexOfAny('/', '?');
        if (end < 0)
            return "/";
        var origin = target[(host + 3 + end)..];
        return origin[0] == '/' ? origin : "/" + origin;
    }

    private static string Decode(string path)
    {
        if (path.Contains('%', StringComparison.Ordinal))
            path = PathString.FromUriComponent(path).Value!;
        return path.Contains("/.", StringComparison.Ordinal) ? RemoveDotSegments(path) : path;
    }

    private static string RemoveDotSegments(string path)
    {
        var segments = new List<string>();
        var parts = path.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            var isDot = parts[i] is "." or "..";
            if (parts[i] == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            if (!isDot)
                segments.Add(parts[i]);
            else if (i == parts.Length - 1)
                segments.Add("");
        }

        return "/" + string.Join('/', segments);
    }
}
