using Serve.Specs.Parsing;

namespace Serve.Specs;

/// <summary>The whole document that <c>serve deploy</c> submits: how the proxy listens and which applications there are.</summary>
internal sealed record ServeConfig
{
    [Key("proxy_location", "Where a proxy listens: EveryNode, HeadOnly or Disabled. On one machine the first two mean the same.")]
    public ProxyLocation ProxyLocation { get; init; } = ProxyLocation.EveryNode;

    [Key("http_options", "How the proxy listens for HTTP.")]
    public HttpOptions HttpOptions { get; init; } = new();

    [Key("grpc_options", "How the proxy listens for gRPC.")]
    public GrpcOptions GrpcOptions { get; init; } = new();

    [Key("applications", "All applications that shall run. One that an earlier document named and this one does not is deleted.", Required = true)]
    public IReadOnlyList<ApplicationSpec> Applications { get; init; } = [];
}

internal enum ProxyLocation
{
    EveryNode,
    HeadOnly,
    Disabled,
}

internal sealed record HttpOptions
{
    public const string Localhost = "localhost";

    [Key("host", "The IP address to listen on, or localhost. Loopback unless you say otherwise; 0.0.0.0 is every interface.")]
    public string Host { get; init; } = "127.0.0.1";

    [Key("port", "The port to listen on; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 8000;

    [Key("request_timeout_s", "How long a request may take from its arrival to the last byte of its response; null is no limit.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    [Key("keep_alive_timeout_s", "How long an idle connection is kept.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(90);

    [Key("max_request_body_bytes", "The largest request body that is accepted; larger ones get 413.", Minimum = 1)]
    public long MaxRequestBodyBytes { get; init; } = 64 * 1024 * 1024;
}

internal sealed record GrpcOptions
{
    [Key("port", "The port for gRPC (HTTP/2 without TLS) on the host of http_options; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 9000;
}
