using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>How Kestrel listens for the proxy, and the limits that it holds clients to.</summary>
internal static class ProxyKestrel
{
    private const int StreamWindow = 1024 * 1024;

    /// <summary>A client that has been slower than its rate for this long is cut off.</summary>
    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    /// <summary>Has Kestrel refuse lines of HTTP/1.1 that end with LF alone, which it takes otherwise (RFC 9112 §2.2 leaves it free). Read when Kestrel starts, for the whole process.</summary>
    private const string StrictLineEnds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    public static void Configure(KestrelServerOptions kestrel, HttpOptions http, GrpcOptions grpc, TlsCertificate? certificate)
    {
        AppContext.SetSwitch(StrictLineEnds, isEnabled: true);
        kestrel.AddServerHeader = false;
        SetLimits(kestrel.Limits, http);
        var address = http.Host == HttpOptions.Localhost ? IPAddress.Loopback : IPAddress.Parse(http.Host);
        kestrel.Listen(address, http.Port, listen =>
        {
            // TLS lets a client choose the protocol; without it only HTTP/1.1 is understood by all.
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificate is not null)
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Current) });
        });
        kestrel.Listen(address, grpc.Port, static listen => listen.Protocols = HttpProtocols.Http2);
    }

    private static void SetLimits(KestrelServerLimits limits, HttpOptions http)
    {
        limits.KeepAliveTimeout = http.KeepAliveTimeout;
        limits.RequestHeadersTimeout = http.RequestHeadersTimeout;
        limits.MaxRequestBodySize = http.MaxRequestBodyBytes;
        limits.MaxRequestHeaderCount = http.MaxRequestHeaders;
        limits.MaxRequestHeadersTotalSize = http.MaxRequestHeadersBytes;
        limits.MaxRequestLineSize = http.MaxRequestLineBytes;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate = http.MinDataRate == 0 ? null : new MinDataRate(http.MinDataRate, RateGrace);
        limits.Http2.MaxRequestHeaderFieldSize = http.MaxRequestHeadersBytes;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
        limits.Http2.InitialConnectionWindowSize = 4 * StreamWindow;
    }
}
