using System.Text.Json.Nodes;
using Serve.Specs.Parsing;

namespace Serve.Specs;

/// <summary>
/// Options of one deployment where each may be left unset. Both the program's code and the YAML speak in these;
/// <see cref="DeploymentSpec.Resolve"/> lays one over the other and fills in the defaults.
/// </summary>
internal sealed record DeploymentOptions
{
    [Key("name", "The deployment's name as the program gives it: by default the class name.", Required = true)]
    public string Name { get; init; } = "";

    [Key("num_replicas", "How many replicas run.", Minimum = 1, Maximum = 100_000)]
    public int? NumReplicas { get; init; }

    [Key("max_ongoing_requests", "How many requests one replica works on at the same time.", Minimum = 1, Update = UpdateClass.InPlace)]
    public int? MaxOngoingRequests { get; init; }

    [Key("max_queued_requests", "How many requests may wait for a replica in one router (a proxy, or a replica that calls); −1 is no bound.", Minimum = -1)]
    public int? MaxQueuedRequests { get; init; }

    [Key("user_config", "Free-form settings that ReconfigureAsync receives, at the start and after each change.", Update = UpdateClass.InPlace)]
    public JsonNode? UserConfig { get; init; }

    [Key("graceful_shutdown_wait_loop_s", "The least time that a replica stays up after it left the route table.", Minimum = 0)]
    public TimeSpan? GracefulShutdownWaitLoop { get; init; }

    [Key("graceful_shutdown_timeout_s", "How long running requests may take to finish before the replica is ended; 0 ends it at once.", Minimum = 0)]
    public TimeSpan? GracefulShutdownTimeout { get; init; }

    [Key("health_check_period_s", "The time between two health checks of a replica.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? HealthCheckPeriod { get; init; }

    [Key("health_check_timeout_s", "How long a health check may take; a later answer counts as a failure.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? HealthCheckTimeout { get; init; }

    [Key("startup_timeout_s", "How long a replica may take from the start of its process until it is ready.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? StartupTimeout { get; init; }

    [Key("max_surge_percent", "How many replicas may be there beyond the declared number while an update replaces old ones, in percent of that number, rounded up; 0 stops old ones first, in waves.", Minimum = 0, Maximum = 100)]
    public double? MaxSurgePercent { get; init; }

    [Key("rolling_update_percentage", "The share of the replicas that an update takes out of service at the same time, at least one: those that take settings up in place and, where max_surge_percent is 0, those that are replaced.", Minimum = 0, ExclusiveMinimum = true, Maximum = 1)]
    public double? RollingUpdatePercentage { get; init; }

    [Key("health_check_failure_threshold", "How many health checks in a row must fail before the replica is replaced.", Minimum = 1, Maximum = 1000)]
    public int? HealthCheckFailureThreshold { get; init; }

    [Key("max_constructor_retry_count", "How many failed starts make a version that was never ready a failed one; less for few replicas: three for each. Attempts go on, more and more slowly.", Minimum = 1, Maximum = 1000)]
    public int? MaxConstructorRetryCount { get; init; }

    [Key("ray_actor_options", "What each replica reserves.", Update = UpdateClass.Restart)]
    public ResourceOptions? Resources { get; init; }
}

/// <summary>What a replica reserves of its node, each part optional.</summary>
internal sealed record ResourceOptions
{
    [Key("num_cpus", "CPU cores, in steps of 0.0001.", Minimum = 0, Update = UpdateClass.Restart)]
    public double? Cpus { get; init; }

    [Key("num_gpus", "GPUs: a fraction of one, or a whole number of them.", Minimum = 0, Update = UpdateClass.Restart)]
    public double? Gpus { get; init; }
}
