using System.Net;
using Serve.Specs.Http;
using Serve.Specs.Parsing;
using Serve.Wire.Hop;

namespace Serve.Specs;

/// <summary>How the proxy listens for HTTP, and what it lets in.</summary>
internal sealed record HttpOptions
{
    public const string Localhost = "localhost";

    /// <summary>What of a request's head fits into a head between Serve's processes, beside what Serve itself says there.</summary>
    private const int MaxHeadBytes = HopLimits.MaxHead - (4 * 1024);

    [Key("host", "The IP address to listen on, or localhost. Loopback unless you say otherwise; 0.0.0.0 is every interface.", RayDefault = "0.0.0.0", Differs = "nothing listens to the network unless told to")]
    public string Host { get; init; } = "127.0.0.1";

    [Key("port", "The port to listen on; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 8000;

    [Key("request_timeout_s", "How long a request may take from its arrival to the last byte of its response; null is no limit. An application's own request_timeout_s goes before it, and a request's header x-request-timeout-seconds before both.", Minimum = 0, ExclusiveMinimum = true, RayDefault = "null", Differs = "a request must not be able to wait for ever")]
    public TimeSpan? RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    [Key("keep_alive_timeout_s", "How long an idle connection is kept.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(90);

    [Key("max_request_body_bytes", "The largest request body that is accepted; larger ones get 413. The messages of gRPC and of WebSockets are bounded by who reads them.", Minimum = 1, Unit = "bytes", RayDefault = "no such key", Differs = "no client decides how much memory a worker uses")]
    public long MaxRequestBodyBytes { get; init; } = 64 * 1024 * 1024;

    [Key("max_request_headers", "How many headers a request may have; one with more gets 431.", Minimum = 1, Maximum = 10_000)]
    public int MaxRequestHeaders { get; init; } = 100;

    [Key("max_request_headers_bytes", "How long the headers of a request may be together; longer ones get 431.", Minimum = 1024, Maximum = MaxHeadBytes, Unit = "bytes")]
    public int MaxRequestHeadersBytes { get; init; } = 32 * 1024;

    [Key("max_request_line_bytes", "How long method, path and query may be together; longer ones get 414.", Minimum = 64, Maximum = MaxHeadBytes, Unit = "bytes")]
    public int MaxRequestLineBytes { get; init; } = 8 * 1024;

    [Key("request_headers_timeout_s", "How long a client may take to send a request's headers; who is slower gets 408 and its connection closed.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Key("min_data_rate_bytes_per_s", "How fast a client must send a body and take a response, after 5 seconds of grace; who is slower is cut off. 0 lets it take its time. WebSockets and gRPC may always be silent.", Minimum = 0, Maximum = int.MaxValue, Unit = "bytes a second")]
    public int MinDataRate { get; init; } = 240;

    [Key("trusted_proxies", "The addresses and networks (10.0.0.0/8) of the proxies in front of this one. Their X-Forwarded-For, -Proto and -Host say who the client is; from anybody else these headers are dropped.")]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    [Key("session_id_header", "The header by which a request names its session: the requests of one session go to the same replica as far as load allows.")]
    public string SessionIdHeader { get; init; } = "x-session-id";

    [Key("cors", "Which web pages of other origins may call; null leaves that to the applications.")]
    public CorsSpec? Cors { get; init; }

    [Key("response_compression", "Which responses are compressed for clients that accept it; null is none.")]
    public CompressionSpec? Compression { get; init; }

    [Key("root_path", "A path under which everything is served: it comes before each route prefix, and endpoints find it in the request's PathBase.")]
    public string RootPath { get; init; } = "";

    [Key("ssl_keyfile", "The private key for TLS: a PEM file on the server. Together with ssl_certfile.")]
    public string? SslKeyFile { get; init; }

    [Key("ssl_certfile", "The certificate for TLS, with the chain behind it: a PEM file on the server. Then the HTTP port speaks TLS only. A new certificate in the same files is taken up within seconds, without a restart.")]
    public string? SslCertFile { get; init; }

    [Key("ssl_keyfile_password", "The password of an encrypted ssl_keyfile.")]
    public string? SslKeyFilePassword { get; init; }

    /// <summary>The same without what nobody may read.</summary>
    public HttpOptions WithoutSecrets() => this with { SslKeyFilePassword = null };

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if ((SslKeyFile is null) != (SslCertFile is null))
            yield return SslKeyFile is null ? ("ssl_certfile", "TLS needs ssl_keyfile too.") : ("ssl_keyfile", "TLS needs ssl_certfile too.");
        if (SslKeyFilePassword is not null && SslKeyFile is null)
            yield return ("ssl_keyfile_password", "there is no ssl_keyfile that it could open.");
        if (SessionIdHeader.Length == 0 || !SessionIdHeader.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            yield return ("session_id_header", $"'{SessionIdHeader}' is no name of a header; it has letters, digits, '-' and '_'.");
        if (RootPath.Length > 0 && SpecValidator.WhatIsWrongWithPrefix(RootPath) is { } wrong)
            yield return ("root_path", RootPath == "/" ? "write '' for no path." : wrong);
        if (MaxRequestHeadersBytes + MaxRequestLineBytes > MaxHeadBytes)
            yield return ("max_request_headers_bytes", $"together with max_request_line_bytes it must be at most {MaxHeadBytes}, and is {MaxRequestHeadersBytes + MaxRequestLineBytes}.");
        for (var i = 0; i < TrustedProxies.Count; i++)
        {
            if (!IPAddress.TryParse(TrustedProxies[i], out _) && !IPNetwork.TryParse(TrustedProxies[i], out _))
                yield return ($"trusted_proxies[{i}]", $"'{TrustedProxies[i]}' is neither an IP address nor a network such as 10.0.0.0/8.");
        }

        foreach (var (key, message) in Cors?.WhatIsWrong() ?? [])
            yield return ($"cors.{key}", message);
        foreach (var (key, message) in Compression?.WhatIsWrong() ?? [])
            yield return ($"response_compression.{key}", message);
    }
}
