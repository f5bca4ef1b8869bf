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
