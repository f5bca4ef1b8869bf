using System.Globalization;

namespace Serve.Telemetry;

/// <summary>All of Serve's own metrics. <c>src/docs/metrics.md</c> is written from it.</summary>
internal static partial class ServeMetrics
{
    /// <summary>How many series an instrument may have whose tags come from what users declare.</summary>
    private const int Many = 1000;

    /// <summary>How many series an instrument may have that tells methods and statuses, routes or functions of one deployment apart.</summary>
    private const int Some = 200;

    private static string[] OfDeployment => [TelemetryTags.Application, TelemetryTags.Deployment];

    private static string[] OfReplica => [TelemetryTags.Application, TelemetryTags.Deployment, TelemetryTags.Replica];

    /// <summary>Every one of them, in the order of the page.</summary>
    public static IReadOnlyList<MetricSpec> All =>
    [
        HttpRequests, GrpcRequests, HttpLatency, GrpcLatency, HttpErrors, GrpcErrors, DeploymentHttpErrors, DeploymentGrpcErrors, OngoingHttpRequests, OngoingGrpcRequests, ProxyStatus,
        RouterRequests, QueuedQueries, OngoingAtReplicas, FulfillmentTime, HandleRequests, Refusals,
        ProcessingQueries, Utilization, DeploymentRequests, DeploymentErrors, ProcessingLatency, RecordFailures, RecordLatency,
        BatchWait, BatchExecution, BatchUtilization, BatchSize, BatchQueueLength, BatchesProcessed,
        ModelLoad, ModelUnload, Models, RegisteredModel, ModelLoads, ModelUnloads, ModelRequests,
        ReplicaHealthy, ReplicaStarts, ReplicaStartup, ReplicaStartPhase, ReplicaReconfigure, ReplicaShutdown, HealthCheckLatency, HealthCheckFailures,
        ApplicationState, DeploymentState, TargetReplicas, AutoscalingDesired, AutoscalingRequests, AutoscalingTargetOngoing, ReplicasByState, PolicyTime, PolicyFailures,
        SilentWorkers, DroppedFamilies,
    ];

    private static string Numbers<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(value => $"{Convert.ToInt32(value, CultureInfo.InvariantCulture)} {value}"));
}
