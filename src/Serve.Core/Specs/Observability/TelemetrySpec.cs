using Serve.Specs.Parsing;

namespace Serve.Specs.Observability;

/// <summary>Where the server and all replicas push what they measure and trace. What stands here goes before the OTEL_* variables of the server's environment, which count otherwise.</summary>
internal sealed record TelemetrySpec
{
    /// <summary>The share of requests that are traced where nothing says so, as in Ray Serve.</summary>
    public const double DefaultSamplingRatio = 0.01;

    [Key("otlp_endpoint", "The collector that metrics and traces are pushed to, as http://host:port. Without it OTEL_EXPORTER_OTLP_ENDPOINT counts; without both nothing is pushed and nothing is traced.", Update = UpdateClass.InPlace, RayDefault = "no such key", Differs = "Ray Serve pushes by code of its user")]
    public string? OtlpEndpoint { get; init; }

    [Key("otlp_protocol", "How to speak to otlp_endpoint: GRPC, or HTTP with protobuf.", Update = UpdateClass.InPlace, RayDefault = "no such key", Differs = "Ray Serve pushes by code of its user")]
    public OtlpTransport OtlpProtocol { get; init; } = OtlpTransport.GRPC;

    [Key("trace_sampling_ratio", "The share of requests that are traced, where the client has not decided it by its traceparent. Null is OTEL_TRACES_SAMPLER_ARG, or 0.01.", Update = UpdateClass.InPlace, Minimum = 0, Maximum = 1, RayDefault = "no such key", Differs = "there it is the variable RAY_SERVE_TRACING_SAMPLING_RATIO")]
    public double? TraceSamplingRatio { get; init; }

    [Key("trace_sources", "Names of the program's own ActivitySources whose spans are pushed too; * stands for any letters.", Update = UpdateClass.InPlace, RayDefault = "no such key", Differs = "Ray Serve pushes by code of its user")]
    public IReadOnlyList<string> TraceSources { get; init; } = [];

    [Key("metrics_export_interval_s", "How often metrics are pushed.", Update = UpdateClass.InPlace, Minimum = 0.1, Maximum = 86_400, RayDefault = "no such key", Differs = "there it is a variable of Ray's")]
    public TimeSpan MetricsExportInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if (OtlpEndpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            yield return ("otlp_endpoint", $"'{endpoint}' is no address of a collector; write it as http://host:4317.");
    }

    public bool Equals(TelemetrySpec? other) => other is not null
        && OtlpEndpoint == other.OtlpEndpoint
        && OtlpProtocol == other.OtlpProtocol
        && Nullable.Equals(TraceSamplingRatio, other.TraceSamplingRatio)
        && TraceSources.SequenceEqual(other.TraceSources, StringComparer.Ordinal)
        && MetricsExportInterval == other.MetricsExportInterval;

    public override int GetHashCode() => HashCode.Combine(OtlpEndpoint, OtlpProtocol, TraceSamplingRatio, TraceSources.Count, MetricsExportInterval);
}

/// <summary>How OTLP travels.</summary>
internal enum OtlpTransport
{
    GRPC,
    HTTP,
}
