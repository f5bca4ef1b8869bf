namespace Serve.Telemetry;

/// <content>What a router counts, in a proxy and behind handles.</content>
internal static partial class ServeMetrics
{
    private static string[] OfRouter => [.. OfDeployment, TelemetryTags.Source];

    public static MetricSpec RouterRequests { get; } = new("serve.num_router_requests", MetricKind.Counter, "{request}", "Requests that asked the router for a replica.")
    {
        Meter = MeterNames.Routing, Tags = OfRouter, Ray = "num_router_requests",
    };

    public static MetricSpec QueuedQueries { get; } = new("serve.deployment_queued_queries", MetricKind.Gauge, "{request}", "Requests that wait in the router for a slot now.")
    {
        Meter = MeterNames.Routing, Tags = OfRouter, Ray = "deployment_queued_queries",
    };

    public static MetricSpec OngoingAtReplicas { get; } = new("serve.num_ongoing_requests_at_replicas", MetricKind.Gauge, "{request}", "Requests of the router that run on replicas now.")
    {
        Meter = MeterNames.Routing, Tags = OfRouter, Ray = "num_ongoing_requests_at_replicas",
    };

    public static MetricSpec FulfillmentTime { get; } = new("serve.request_router_fulfillment_time", MetricKind.Histogram, "s", "How long requests waited that found no free slot at once; all others waited not at all.")
    {
        Meter = MeterNames.Routing, Tags = OfRouter, Buckets = Telemetry.Buckets.Latency, Ray = "request_router_fulfillment_time_ms",
    };

    public static MetricSpec HandleRequests { get; } = new("serve.handle_requests", MetricKind.Counter, "{call}", "Calls through handles of the deployment.")
    {
        Meter = MeterNames.Routing, Tags = OfRouter, Ray = "handle_request_counter",
    };

    public static MetricSpec Refusals { get; } = new("serve.router_refusals", MetricKind.Counter, "{request}", "Requests that the router gave no replica, by the reason: queue_full, unavailable, cancelled.")
    {
        Meter = MeterNames.Routing, Tags = [.. OfRouter, TelemetryTags.Reason], MaxSeries = Some,
    };
}
