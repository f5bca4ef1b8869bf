namespace Serve.Telemetry;

/// <content>What a proxy counts.</content>
internal static partial class ServeMetrics
{
    private static string[] OfResponse => [TelemetryTags.Route, TelemetryTags.Method, TelemetryTags.Application, TelemetryTags.StatusCode];

    private static string[] OfError => [TelemetryTags.Route, TelemetryTags.ErrorCode, TelemetryTags.Method, TelemetryTags.Application];

    public static MetricSpec HttpRequests { get; } = new("serve.num_http_requests", MetricKind.Counter, "{request}", "HTTP requests that the proxy has answered.")
    {
        Meter = MeterNames.Proxy, Tags = OfResponse, MaxSeries = Some, Ray = "num_http_requests",
    };

    public static MetricSpec GrpcRequests { get; } = new("serve.num_grpc_requests", MetricKind.Counter, "{request}", "gRPC requests that the proxy has answered.")
    {
        Meter = MeterNames.Proxy, Tags = OfResponse, MaxSeries = Some, Ray = "num_grpc_requests",
    };

    public static MetricSpec HttpLatency { get; } = new("serve.http_request_latency", MetricKind.Histogram, "s", "Time from the arrival of an HTTP request at the proxy to the end of its response.")
    {
        Meter = MeterNames.Proxy, Tags = OfResponse, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "http_request_latency_ms",
    };

    public static MetricSpec GrpcLatency { get; } = new("serve.grpc_request_latency", MetricKind.Histogram, "s", "Time from the arrival of a gRPC request at the proxy to the end of its response.")
    {
        Meter = MeterNames.Proxy, Tags = OfResponse, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "grpc_request_latency_ms",
    };

    public static MetricSpec HttpErrors { get; } = new("serve.num_http_error_requests", MetricKind.Counter, "{request}", "HTTP requests that ended with a status of 400 or more.")
    {
        Meter = MeterNames.Proxy, Tags = OfError, MaxSeries = Some, Ray = "num_http_error_requests",
    };

    public static MetricSpec GrpcErrors { get; } = new("serve.num_grpc_error_requests", MetricKind.Counter, "{request}", "gRPC requests that ended with another status than OK.")
    {
        Meter = MeterNames.Proxy, Tags = OfError, MaxSeries = Some, Ray = "num_grpc_error_requests",
    };

    public static MetricSpec DeploymentHttpErrors { get; } = new("serve.num_deployment_http_error_requests", MetricKind.Counter, "{request}", "HTTP requests that ended with a status of 400 or more, by the deployment that they were for.")
    {
        Meter = MeterNames.Proxy, Tags = [TelemetryTags.Deployment, .. OfError], MaxSeries = Some, Ray = "num_deployment_http_error_requests",
    };

    public static MetricSpec DeploymentGrpcErrors { get; } = new("serve.num_deployment_grpc_error_requests", MetricKind.Counter, "{request}", "gRPC requests that ended with another status than OK, by the deployment that they were for.")
    {
        Meter = MeterNames.Proxy, Tags = [TelemetryTags.Deployment, .. OfError], MaxSeries = Some, Ray = "num_deployment_grpc_error_requests",
    };

    public static MetricSpec OngoingHttpRequests { get; } = new("serve.num_ongoing_http_requests", MetricKind.Gauge, "{request}", "HTTP requests in the proxy now.")
    {
        Meter = MeterNames.Proxy, Tags = [TelemetryTags.Node], Ray = "num_ongoing_http_requests",
    };

    public static MetricSpec OngoingGrpcRequests { get; } = new("serve.num_ongoing_grpc_requests", MetricKind.Gauge, "{request}", "gRPC requests in the proxy now.")
    {
        Meter = MeterNames.Proxy, Tags = [TelemetryTags.Node], Ray = "num_ongoing_grpc_requests",
    };

    public static MetricSpec ProxyStatus { get; } = new("serve.proxy_status", MetricKind.Gauge, "{status}", "The proxy's state: 1 STARTING, 2 HEALTHY.")
    {
        Meter = MeterNames.Proxy, Tags = [TelemetryTags.Node], Ray = "proxy_status",
    };
}
