using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Hop.Heads;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>Writes what a worker is told of a client's request: straight from the client's headers, without those that end at the proxy.</summary>
internal static class RequestHead
{
    /// <summary>How the protocol of an extended CONNECT travels (RFC 8441).</summary>
    private const string ProtocolHeader = ":protocol";

    private const StringComparison Fold = StringComparison.OrdinalIgnoreCase;

    /// <exception cref="ServeException">The headers are over the bound between Serve's processes.</exception>
    public static void Write(HeadWriter writer, ProxyRequest request, Upgrade upgrade)
    {
        var context = request.Context;
        var received = context.Request;
        var connection = context.Connection;
        new HttpRequestHead
        {
            Method = received.Method,
            Scheme = received.Scheme,
            Protocol = received.Protocol,
            Authority = received.Host.Value ?? "",
            Target = TargetOf(context),
            RoutePrefix = request.RoutePrefix,
            RequestId = request.RequestId,
            ClientAddress = request.ClientAddress,
            ClientPort = connection.RemotePort,
            // A conversation over an upgraded connection has no end that it could be late for.
            RemainingMilliseconds = upgrade.IsRequested ? null : (long?)request.Deadline.Remaining?.TotalMilliseconds,
            IsUpgrade = upgrade.IsRequested,
        }.Write(writer);
        WriteHeaders(writer, request, received.Headers, upgrade);
    }

    private static void WriteHeaders(HeadWriter writer, ProxyRequest request, IHeaderDictionary headers, Upgrade upgrade)
    {
        var nominated = headers.Connection.Count == 0 ? null : RequestHeaderRules.Nominated(headers.Connection);
        foreach (var (name, values) in headers)
        {
            if (IsSaidElsewhere(name) || RequestHeaderRules.IsDropped(name) || nominated?.Contains(name) == true)
                continue;
            if (name.Equals(RequestTimeouts.GrpcTimeout, Fold) && request.Deadline.Remaining is { } left)
                writer.WriteHeader(name, RequestTimeouts.WriteGrpc(left));
            else
                WriteHeader(writer, name, values);
        }

        if (upgrade.Protocol is { } protocol)
            writer.WriteHeader(ProtocolHeader, protocol);
        else if (upgrade.IsRequested)
            WriteUpgrade(writer, headers);
    }

    /// <summary>The upgrade of HTTP/1.1 goes on to the worker although these are headers of the connection.</summary>
    private static void WriteUpgrade(HeadWriter writer, IHeaderDictionary headers)
    {
        writer.WriteHeader(HeaderNames.Connection, HeaderNames.Upgrade);
        WriteHeader(writer, HeaderNames.Upgrade, headers.Upgrade);
    }

    private static void WriteHeader(HeadWriter writer, string name, in StringValues values)
    {
        foreach (var value in values)
            writer.WriteHeader(name, value);
    }

    /// <summary>What stands in the head's own fields, and what is settled between client and proxy.</summary>
    private static bool IsSaidElsewhere(string name) => name.Length switch
    {
        4 => name.Equals(HeaderNames.Host, Fold),
        6 => name.Equals(HeaderNames.Expect, Fold),
        12 => name.Equals(HopHeaders.RequestId, Fold),
        _ => name[0] == ':',
    };

    /// <summary>As the client wrote it where that is a plain path; otherwise what Kestrel made of it, by which the application was found.</summary>
    private static string TargetOf(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (raw.StartsWith('/') && !raw.Contains("/.", StringComparison.Ordinal) && !raw.Contains("%2e", Fold))
            return raw;
        var request = context.Request;
        return UriHelper.BuildRelative(request.PathBase, request.Path, request.QueryString);
    }
}
