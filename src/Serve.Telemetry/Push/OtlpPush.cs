using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serve.Specs.Observability;
using Serve.Telemetry.Metrics;

namespace Serve.Telemetry.Push;

/// <summary>
/// Pushes what this process measures and traces to a collector, where somebody has named one. Until then no span is made, and metrics are
/// aggregated for the page only.
/// </summary>
/// <param name="scope">Whose meters are pushed.</param>
/// <param name="service">What the process is to the collector.</param>
internal sealed class OtlpPush(MeterScope scope, PushedService service) : IDisposable
{
    private readonly Lock _lock = new();
    private TelemetrySpec? _spec;
    private MeterProvider? _meters;
    private TracerProvider? _tracer;
    private bool _isDisposed;

    /// <summary>Takes up where to push, at the start and whenever it changes. What was gathered for the old place is sent there first.</summary>
    public void Use(TelemetrySpec? spec)
    {
        lock (_lock)
        {
            if (_isDisposed || spec is not null && spec.Equals(_spec))
                return;
            _spec = spec ?? new TelemetrySpec();
            End();
            if (!OtlpSettings.HasCollector(_spec))
                return;
            _meters = TelemetrySwitch.MetricsAreOn ? BuildMeters(_spec) : null;
            _tracer = BuildTracer(_spec);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            End();
        }
    }

    private void End()
    {
        _tracer?.Dispose();
        _meters?.Dispose();
        (_tracer, _meters) = (null, null);
    }

    private MeterProvider BuildMeters(TelemetrySpec spec) => MeterRules.CreateBuilder(scope)
        .ConfigureResource(Describe)
        .AddOtlpExporter((exporter, reader) =>
        {
            OtlpSettings.Apply(spec, exporter, "metrics");
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)spec.MetricsExportInterval.TotalMilliseconds;
        })
        .Build();

    private TracerProvider BuildTracer(TelemetrySpec spec) => Sdk.CreateTracerProviderBuilder()
        .AddSource([Tracing.SourceName, .. spec.TraceSources])
        .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(OtlpSettings.SamplingRatio(spec))))
        .ConfigureResource(Describe)
        .AddOtlpExporter(exporter => OtlpSettings.Apply(spec, exporter, "traces"))
        .Build();

    /// <summary>OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what the process says of itself.</summary>
    private void Describe(ResourceBuilder resource) => resource
        .AddService(service.Name, service.Namespace, serviceInstanceId: service.Instance)
        .AddAttributes(service.Tags.Select(static tag => KeyValuePair.Create(tag.Key, tag.Value ?? "")))
        .AddEnvironmentVariableDetector();
}

/// <summary>What a process is to a collector: the attributes service.name, service.namespace and service.instance.id, and others.</summary>
internal sealed record PushedService(string Name, string Namespace, string Instance, IReadOnlyList<KeyValuePair<string, object?>> Tags);
