namespace Serve.Telemetry;

/// <content>What batches and multiplexed models count.</content>
internal static partial class ServeMetrics
{
    private static string[] OfFunction => [.. OfReplica, TelemetryTags.Function];

    public static MetricSpec BatchWait { get; } = new("serve.batch_wait_time", MetricKind.Histogram, "s", "How long the first item of a batch waited until the batch started.")
    {
        Meter = MeterNames.Batching, Tags = OfFunction, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "batch_wait_time_ms",
    };

    public static MetricSpec BatchExecution { get; } = new("serve.batch_execution_time", MetricKind.Histogram, "s", "How long the user's method worked on a batch.")
    {
        Meter = MeterNames.Batching, Tags = OfFunction, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "batch_execution_time_ms",
    };

    public static MetricSpec BatchUtilization { get; } = new("serve.batch_utilization", MetricKind.Histogram, "1", "How full batches are, by items or by cost, whichever is more.")
    {
        Meter = MeterNames.Batching, Tags = OfFunction, MaxSeries = Some, Buckets = Telemetry.Buckets.Shares, Ray = "batch_utilization_percent",
    };

    public static MetricSpec BatchSize { get; } = new("serve.actual_batch_size", MetricKind.Histogram, "{item}", "The number of items in batches.")
    {
        Meter = MeterNames.Batching, Tags = OfFunction, MaxSeries = Some, Buckets = Telemetry.Buckets.Sizes, Ray = "actual_batch_size",
    };

    public static MetricSpec BatchQueueLength { get; } = new("serve.batch_queue_length", MetricKind.Gauge, "{item}", "Items that wait for a batch now.")
    {
        Meter = MeterNames.Batching, Tags = OfFunction, MaxSeries = Some, Ray = "batch_queue_length",
    };

    public static MetricSpec BatchesProcessed { get; } = new("serve.batches_processed", MetricKind.Counter, "{batch}", "Batches that have started, by the reason why they did: greedy, size, cost, preferred, timeout, retry.")
    {
        Meter = MeterNames.Batching, Tags = [.. OfFunction, TelemetryTags.Reason], MaxSeries = Some, Ray = "batches_processed",
    };

    public static MetricSpec ModelLoad { get; } = new("serve.multiplexed_model_load_latency", MetricKind.Histogram, "s", "How long models took to load.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "multiplexed_model_load_latency_ms",
    };

    public static MetricSpec ModelUnload { get; } = new("serve.multiplexed_model_unload_latency", MetricKind.Histogram, "s", "How long models took to unload.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "multiplexed_model_unload_latency_ms",
    };

    public static MetricSpec Models { get; } = new("serve.num_multiplexed_models", MetricKind.Gauge, "{model}", "Models that the replica holds or loads now.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Ray = "num_multiplexed_models",
    };

    public static MetricSpec RegisteredModel { get; } = new("serve.registered_multiplexed_model_id", MetricKind.Gauge, "{model}", "1 for each model that the replica holds or loads now.")
    {
        Meter = MeterNames.Multiplexing, Tags = [.. OfReplica, TelemetryTags.ModelId], MaxSeries = Some, Ray = "registered_multiplexed_model_id",
    };

    public static MetricSpec ModelLoads { get; } = new("serve.multiplexed_models_loads", MetricKind.Counter, "{model}", "Models that the replica has loaded.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Ray = "multiplexed_models_load_counter",
    };

    public static MetricSpec ModelUnloads { get; } = new("serve.multiplexed_models_unloads", MetricKind.Counter, "{model}", "Models that the replica has unloaded.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Ray = "multiplexed_models_unload_counter",
    };

    public static MetricSpec ModelRequests { get; } = new("serve.multiplexed_get_model_requests", MetricKind.Counter, "{request}", "Requests for a model by its id.")
    {
        Meter = MeterNames.Multiplexing, Tags = OfReplica, MaxSeries = Some, Ray = "multiplexed_get_model_requests_counter",
    };
}
