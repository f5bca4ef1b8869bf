using Serve.Specs.Parsing;

namespace Serve.Specs;

/// <summary>How the proxy listens for gRPC.</summary>
internal sealed record GrpcOptions
{
    [Key("port", "The port for gRPC (HTTP/2 without TLS) on the host of http_options; 0 takes a free one.", Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 9000;

    [Key("request_timeout_s", "How long a gRPC call may take; null is as in http_options. An application's own request_timeout_s goes before it, and a call's deadline (grpc-timeout) before both.", Minimum = 0, ExclusiveMinimum = true, Differs = "null means no limit there")]
    public TimeSpan? RequestTimeout { get; init; }
}
