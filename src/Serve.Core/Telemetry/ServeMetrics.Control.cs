using Serve.Status;

namespace Serve.Telemetry;

/// <content>What node agents and the controller count.</content>
internal static partial class ServeMetrics
{
    public static MetricSpec ReplicaHealthy { get; } = new("serve.deployment_replica_healthy", MetricKind.Gauge, "{replica}", "1 for each replica of the node that is ready and passes its health checks, 0 for one that is not.")
    {
        Meter = MeterNames.Node, Tags = OfReplica, MaxSeries = Many, Ray = "deployment_replica_healthy",
    };

    public static MetricSpec ReplicaStarts { get; } = new("serve.deployment_replica_starts", MetricKind.Counter, "{replica}", "Replicas that the node has started.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Many, Ray = "deployment_replica_starts",
    };

    public static MetricSpec ReplicaStartup { get; } = new("serve.replica_startup_latency", MetricKind.Histogram, "s", "Time from the start of a replica's process until it is ready.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "replica_startup_latency_ms",
    };

    public static MetricSpec ReplicaStartPhase { get; } = new(
        "serve.replica_start_phase", MetricKind.Histogram, "s", "How long the phases of a replica's start took: process (until the program calls AddServe), host, constructor, initialize, reconfigure, health_check, listen; and the first_request that it worked on.")
    {
        Meter = MeterNames.Node, Tags = [.. OfDeployment, TelemetryTags.Phase], MaxSeries = Some, Buckets = Telemetry.Buckets.Latency,
    };

    public static MetricSpec ReplicaReconfigure { get; } = new("serve.replica_reconfigure_latency", MetricKind.Histogram, "s", "How long replicas took to take changed settings up.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "replica_reconfigure_latency_ms",
    };

    public static MetricSpec ReplicaShutdown { get; } = new("serve.replica_shutdown_duration", MetricKind.Histogram, "s", "Time from the order to stop a replica until its process is gone.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "replica_shutdown_duration_ms",
    };

    public static MetricSpec HealthCheckLatency { get; } = new("serve.health_check_latency", MetricKind.Histogram, "s", "How long replicas took to answer their health checks.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Some, Buckets = Telemetry.Buckets.Latency, Ray = "health_check_latency_ms",
    };

    public static MetricSpec HealthCheckFailures { get; } = new("serve.health_check_failures", MetricKind.Counter, "{check}", "Health checks that failed or were not answered in time.")
    {
        Meter = MeterNames.Node, Tags = OfDeployment, MaxSeries = Some, Ray = "health_check_failures_total",
    };

    public static MetricSpec ApplicationState { get; } = new("serve.application_status", MetricKind.Gauge, "{status}", $"The application's status, as a number: {Numbers<ApplicationStatus>()}.")
    {
        Meter = MeterNames.Controller, Tags = [TelemetryTags.Application], MaxSeries = Many, Ray = "application_status",
    };

    public static MetricSpec DeploymentState { get; } = new("serve.deployment_status", MetricKind.Gauge, "{status}", $"The deployment's status, as a number: {Numbers<DeploymentStatus>()}.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Ray = "deployment_status",
    };

    public static MetricSpec TargetReplicas { get; } = new("serve.autoscaling_target_replicas", MetricKind.Gauge, "{replica}", "How many replicas the deployment shall have.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Ray = "autoscaling_target_replicas",
    };

    public static MetricSpec ReplicasByState { get; } = new("serve.deployment_replicas", MetricKind.Gauge, "{replica}", "How many replicas of the deployment there are, by their state.")
    {
        Meter = MeterNames.Controller, Tags = [.. OfDeployment, TelemetryTags.State], MaxSeries = Many,
    };

    public static MetricSpec AutoscalingRequests { get; } = new("serve.autoscaling_total_requests", MetricKind.Gauge, "{request}", "Requests that ran and waited, on average over the deployment's window, as the autoscaler has heard from all nodes.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Ray = "autoscaling_total_requests",
    };

    public static MetricSpec AutoscalingDesired { get; } = new("serve.autoscaling_desired_replicas", MetricKind.Gauge, "{replica}", "How many replicas the load, or whatever else decides, asks for, before factors, delays and bounds.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Ray = "autoscaling_desired_replicas",
    };

    public static MetricSpec AutoscalingTargetOngoing { get; } = new("serve.autoscaling_target_ongoing_requests", MetricKind.Gauge, "{request}", "How many requests there shall be for each replica (target_ongoing_requests).")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Ray = "autoscaling_target_ongoing_requests",
    };

    public static MetricSpec PolicyTime { get; } = new("serve.autoscaling_policy_execution_time", MetricKind.Histogram, "s", "From the question to the program's own scaling policy until its answer; of one that decides for a whole application the deployment is empty.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many, Buckets = Telemetry.Buckets.Latency, Ray = "autoscaling_policy_execution_time_ms",
    };

    public static MetricSpec PolicyFailures { get; } = new("serve.autoscaling_policy_failures", MetricKind.Counter, "{failure}", "Questions to the program's own scaling policy that brought no good answer; its last good one stays.")
    {
        Meter = MeterNames.Controller, Tags = OfDeployment, MaxSeries = Many,
    };

    public static MetricSpec SilentWorkers { get; } = new("serve.exposition_silent_workers", MetricKind.Gauge, "{replica}", "Replicas whose metrics are missing from the last page, because they did not tell them in time.")
    {
        Meter = MeterNames.Exposition, Tags = [],
    };

    public static MetricSpec DroppedFamilies { get; } = new("serve.exposition_dropped_families", MetricKind.Gauge, "{family}", "Families of metrics left out of the last page: the bound of a replica's metrics was reached, or two programs mean different things by one name.")
    {
        Meter = MeterNames.Exposition, Tags = [],
    };
}
