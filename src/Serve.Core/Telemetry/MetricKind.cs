namespace Serve.Telemetry;

/// <summary>What a metric's numbers mean.</summary>
internal enum MetricKind
{
    /// <summary>How often something has happened; only grows.</summary>
    Counter,

    /// <summary>How much of something there is now.</summary>
    Gauge,

    /// <summary>How measured values are spread, in buckets.</summary>
    Histogram,
}
