namespace Serve.Telemetry;

/// <content>What a replica counts.</content>
internal static partial class ServeMetrics
{
    public static MetricSpec ProcessingQueries { get; } = new("serve.replica_processing_queries", MetricKind.Gauge, "{request}", "Requests and calls that the replica works on now.")
    {
        Meter = MeterNames.Replica, Tags = OfReplica, Ray = "replica_processing_queries",
    };

    public static MetricSpec Utilization { get; } = new("serve.replica_utilization", MetricKind.Gauge, "1", "The share of the replica's slots (max_ongoing_requests) that are taken now.")
    {
        Meter = MeterNames.Replica, Tags = OfReplica, Ray = "replica_utilization_percent",
    };

    public static MetricSpec DeploymentRequests { get; } = new("serve.deployment_requests", MetricKind.Counter, "{request}", "Requests and calls that the replica has handled without an error.")
    {
        Meter = MeterNames.Replica, Tags = [.. OfReplica, TelemetryTags.Route], MaxSeries = Some, Ray = "deployment_request_counter",
    };

    public static MetricSpec DeploymentErrors { get; } = new("serve.deployment_errors", MetricKind.Counter, "{request}", "Requests and calls that ended with an exception, by its type.")
    {
        Meter = MeterNames.Replica, Tags = [.. OfReplica, TelemetryTags.Route, TelemetryTags.ExceptionType], MaxSeries = Some, Ray = "deployment_error_counter",
    };

    public static MetricSpec ProcessingLatency { get; } = new("serve.deployment_processing_latency", MetricKind.Histogram, "s", "How long the replica worked on a request or call.")
    {
        Meter = MeterNames.Replica, Tags = [.. OfReplica, TelemetryTags.Route], MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "deployment_processing_latency_ms",
    };

    public static MetricSpec RecordFailures { get; } = new("serve.record_autoscaling_stats_failed", MetricKind.Counter, "{failure}", "What a replica wanted to record for scaling policies and was left out: exceptions of RecordMetricsAsync by their type, Timeout, NoNumber, NoName, TooMany.")
    {
        Meter = MeterNames.Replica, Tags = [.. OfReplica, TelemetryTags.ExceptionType], MaxSeries = Some, Ray = "record_autoscaling_stats_failed",
    };

    public static MetricSpec RecordLatency { get; } = new("serve.user_autoscaling_stats_latency", MetricKind.Histogram, "s", "How long RecordMetricsAsync took, where it answered in time.")
    {
        Meter = MeterNames.Replica, Tags = OfReplica, MaxSeries = Many, Buckets = Telemetry.Buckets.Latency, Ray = "user_autoscaling_stats_latency_ms",
    };
}
