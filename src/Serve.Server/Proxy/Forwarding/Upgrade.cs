using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>How a client asks for a connection of bytes both ways: by the upgrade of HTTP/1.1 (RFC 9110 §7.8) or the extended CONNECT of HTTP/2 (RFC 8441).</summary>
internal readonly struct Upgrade
{
    private readonly IHttpUpgradeFeature? _http1;
    private readonly IHttpExtendedConnectFeature? _http2;

    private Upgrade(IHttpUpgradeFeature? http1, IHttpExtendedConnectFeature? http2)
    {
        _http1 = http1;
        _http2 = http2;
    }

    public bool IsRequested => _http1 is not null || _http2 is not null;

    /// <summary>The protocol of an extended CONNECT, or null.</summary>
    public string? Protocol => _http2?.Protocol;

    public static Upgrade Of(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } http2)
            return new Upgrade(http1: null, http2);
        return context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } http1 && !IsOnlyHttp2(context.Request) ? new Upgrade(http1, http2: null) : default;
    }

    /// <summary>Whether an answer with this status begins the conversation.</summary>
    public bool IsAcceptedBy(int status) => _http1 is not null ? status == StatusCodes.Status101SwitchingProtocols : _http2 is not null && status == StatusCodes.Status200OK;

    /// <summary>Sends the answer's head to the client.</summary>
    public async ValueTask<Stream> AcceptAsync() => _http1 is not null ? await _http1.UpgradeAsync() : await _http2!.AcceptAsync();

    /// <summary>Whether a client asks for HTTP/2, as some do with each first request; it gets its answer by HTTP/1.1 then (RFC 9113 §3.1 has done away with that).</summary>
    private static bool IsOnlyHttp2(HttpRequest request) => request.Headers.Upgrade is ["h2c"];
}
