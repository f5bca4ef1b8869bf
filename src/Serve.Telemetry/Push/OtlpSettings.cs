using System.Globalization;
using OpenTelemetry.Exporter;
using Serve.Specs.Observability;

namespace Serve.Telemetry.Push;

/// <summary>The document's words and the environment's OTEL_* variables as settings of an exporter. Headers, time limits and the like are the environment's alone: OpenTelemetry reads them itself.</summary>
internal static class OtlpSettings
{
    private static readonly string[] EndpointVariables = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <summary>Whether anybody has said where to push.</summary>
    public static bool HasCollector(TelemetrySpec spec) =>
        spec.OtlpEndpoint is not null || EndpointVariables.Any(static variable => Environment.GetEnvironmentVariable(variable) is { Length: > 0 });

    public static double SamplingRatio(TelemetrySpec spec)
    {
        if (spec.TraceSamplingRatio is { } ratio)
            return ratio;
        var given = Environment.GetEnvironmentVariable("OTEL_TRACES_SAMPLER_ARG");
        return double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 0 and <= 1 ? parsed : TelemetrySpec.DefaultSamplingRatio;
    }

    /// <param name="spec">What the document says.</param>
    /// <param name="exporter">The exporter, which has read the environment already.</param>
    /// <param name="signal">What it sends, as the last part of a path.</param>
    public static void Apply(TelemetrySpec spec, OtlpExporterOptions exporter, string signal)
    {
        if (spec.OtlpEndpoint is not { } endpoint)
            return;
        exporter.Protocol = spec.OtlpProtocol == OtlpTransport.GRPC ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // An endpoint from code is taken as it is; over HTTP each signal has a path of its own (OTLP 1.x, "OTLP/HTTP Request").
        exporter.Endpoint = spec.OtlpProtocol == OtlpTransport.GRPC ? new Uri(endpoint) : new Uri($"{endpoint.TrimEnd('/')}/v1/{signal}");
    }
}
