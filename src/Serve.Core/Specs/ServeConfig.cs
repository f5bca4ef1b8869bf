using Serve.Specs.Logging;
using Serve.Specs.Observability;
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

    [Key("target_capacity", "The share of every deployment's size that the server shall have, in percent: its replicas, and the bounds of their number. For moving traffic from one cluster to another.", Unit = "percent", Minimum = 0, Maximum = 100)]
    public double? TargetCapacity { get; init; }

    [Key("logging_config", "How the server logs, and replicas whose application and deployment do not say otherwise.", Update = UpdateClass.InPlace)]
    public LoggingSpec? Logging { get; init; }

    [Key("telemetry_config", "Where metrics and traces are pushed.", Update = UpdateClass.InPlace, RayDefault = "no such key", Differs = "Ray Serve pushes by code of its user")]
    public TelemetrySpec? Telemetry { get; init; }

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

    [Key("host", "The IP address to listen on, or localhost. Loopback unless you say otherwise; 0.0.0.0 is every interface.", RayDefault = "0.0.0.0", Differs = "nothing listens to the network unless told to")]
    public string Host { get; init; } = "127.0.0.1";

    [Key("port", "The port to listen on; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 8000;

    [Key("request_timeout_s", "How long a request may take from its arrival to the last byte of its response; null is no limit.", Minimum = 0, ExclusiveMinimum = true, RayDefault = "null", Differs = "a request must not be able to wait for ever")]
    public TimeSpan? RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    [Key("keep_alive_timeout_s", "How long an idle connection is kept.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(90);

    [Key("max_request_body_bytes", "The largest request body that is accepted; larger ones get 413.", Minimum = 1, Unit = "bytes", RayDefault = "no such key", Differs = "no client decides how much memory a worker uses")]
    public long MaxRequestBodyBytes { get; init; } = 64 * 1024 * 1024;

    [Key("root_path", "A path under which everything is served: it comes before each route prefix, and endpoints find it in the request's PathBase.")]
    public string RootPath { get; init; } = "";

    [Key("ssl_keyfile", "The private key for TLS: a PEM file on the server. Together with ssl_certfile.")]
    public string? SslKeyFile { get; init; }

    [Key("ssl_certfile", "The certificate for TLS, with the chain behind it: a PEM file on the server. Then the HTTP port speaks TLS only.")]
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
        if (RootPath.Length > 0 && SpecValidator.WhatIsWrongWithPrefix(RootPath) is { } wrong)
            yield return ("root_path", RootPath == "/" ? "write '' for no path." : wrong);
    }
}

internal sealed record GrpcOptions
{
    [Key("port", "The port for gRPC (HTTP/2 without TLS) on the host of http_options; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 9000;

    [Key("request_timeout_s", "How long a gRPC call may take; null is as in http_options.", Minimum = 0, ExclusiveMinimum = true, Differs = "null means no limit there")]
    public TimeSpan? RequestTimeout { get; init; }
}
