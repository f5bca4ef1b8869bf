using System.Diagnostics;
using System.Diagnostics.Metrics;
using Serve.Telemetry;

namespace Serve.Autoscaling;

/// <summary>What is counted of the metrics that a replica records for scaling policies.</summary>
internal sealed class MetricBoardMeter(TagList tags)
{
    /// <summary>In the place of an exception's type: the values came too late.</summary>
    public const string Late = "Timeout";

    public const string NoNumber = "NoNumber";

    public const string NoName = "NoName";

    public const string TooMany = "TooMany";

    private static readonly Meter Meter = new(MeterNames.Replica);
    private static readonly Counter<long> Failures = ServeMetrics.RecordFailures.CreateCounter(Meter);
    private static readonly Histogram<double> Latency = ServeMetrics.RecordLatency.CreateHistogram(Meter);

    public void Failed(string reason)
    {
        var all = tags;
        all.Add(TelemetryTags.ExceptionType, reason);
        Failures.Add(1, all);
    }

    public void Asked(TimeSpan time) => Latency.Record(time.TotalSeconds, tags);
}
