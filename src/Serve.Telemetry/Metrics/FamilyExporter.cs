using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Serve.Telemetry.Metrics;

/// <summary>Turns what the OpenTelemetry SDK has aggregated into families of Prometheus' text format.</summary>
/// <param name="constants">Labels for all series that don't name a deployment themselves.</param>
internal sealed class FamilyExporter(IReadOnlyList<KeyValuePair<string, object?>> constants) : BaseExporter<Metric>
{
    /// <summary>What the last collection found. Only the one who collects may look.</summary>
    public IReadOnlyList<MetricFamily> Families { get; private set; } = [];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var families = new List<MetricFamily>();
        foreach (var metric in batch)
        {
            if (KindOf(metric) is { } kind && FamilyOf(metric, kind) is { Samples.Length: > 0 } family)
                families.Add(family);
        }

        Families = families;
        return ExportResult.Success;
    }

    private static MetricKind? KindOf(Metric metric) => metric.MetricType switch
    {
        MetricType.Histogram => MetricKind.Histogram,
        MetricType.LongSum or MetricType.DoubleSum => MetricKind.Counter,
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => MetricKind.Gauge,
        _ => null,
    };

    private MetricFamily FamilyOf(Metric metric, MetricKind kind)
    {
        var (name, unit) = PrometheusNames.Of(metric.Name, metric.Unit, kind);
        var samples = new SampleWriter();
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            samples.UseLabels(LabelsOf(metric, in point));
            Write(samples, name, metric.MetricType, in point);
        }

        var help = string.IsNullOrEmpty(metric.Description) ? $"The instrument {metric.Name} of the meter {metric.MeterName}." : metric.Description;
        return new MetricFamily(name, kind, unit, help, samples.ToString());
    }

    private List<KeyValuePair<string, object?>> LabelsOf(Metric metric, ref readonly MetricPoint point)
    {
        var labels = new List<KeyValuePair<string, object?>>(metric.MeterTags ?? []);
        foreach (var tag in point.Tags)
            labels.Add(tag);
        if (!labels.Exists(static label => label.Key == TelemetryTags.Deployment))
            labels.InsertRange(0, constants);
        return labels;
    }

    private static void Write(SampleWriter samples, string name, MetricType type, ref readonly MetricPoint point)
    {
        switch (type)
        {
            case MetricType.Histogram:
                WriteHistogram(samples, name, in point);
                break;
            case MetricType.LongSum:
                samples.Write(name, PrometheusNames.CounterSuffix, point.GetSumLong());
                break;
            case MetricType.DoubleSum:
                samples.Write(name, PrometheusNames.CounterSuffix, point.GetSumDouble());
                break;
            case MetricType.LongSumNonMonotonic:
                samples.Write(name, "", point.GetSumLong());
                break;
            case MetricType.DoubleSumNonMonotonic:
                samples.Write(name, "", point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                samples.Write(name, "", point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                samples.Write(name, "", point.GetGaugeLastValueDouble());
                break;
        }
    }

    private static void WriteHistogram(SampleWriter samples, string name, ref readonly MetricPoint point)
    {
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            samples.WriteBucket(name, bucket.ExplicitBound, count);
        }

        samples.Write(name, "_sum", point.GetHistogramSum());
        samples.Write(name, "_count", count);
    }
}
