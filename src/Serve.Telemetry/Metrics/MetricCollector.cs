using OpenTelemetry.Metrics;

namespace Serve.Telemetry.Metrics;

/// <summary>Aggregates what this process measures and tells it when asked: the state behind a page of metrics.</summary>
internal sealed class MetricCollector : IDisposable
{
    /// <summary>How many characters of metrics a worker may tell its node in one answer.</summary>
    public const int MaxLength = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly FamilyExporter _exporter;
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider? _provider;

    /// <param name="scope">Whose meters are listened to.</param>
    /// <param name="constants">Labels for all series that don't name a deployment themselves.</param>
    public MetricCollector(MeterScope scope, IReadOnlyList<KeyValuePair<string, object?>> constants)
    {
        _exporter = new FamilyExporter(constants);
        _reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        if (TelemetrySwitch.MetricsAreOn)
            _provider = MeterRules.CreateBuilder(scope).AddReader(_reader).Build();
    }

    /// <summary>All that was measured since the start. One collection at a time: the aggregates are read in place.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        if (_provider is null)
            return [];
        lock (_lock)
        {
            _reader.Collect();
            return _exporter.Families;
        }
    }

    public void Dispose()
    {
        _provider?.Dispose();
        _reader.Dispose();
    }
}
