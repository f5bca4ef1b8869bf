using System.Text.Json.Nodes;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;
using Serve.Specs.Routing;

namespace Serve.Specs;

/// <summary>
/// Options of one deployment where each may be left unset. Both the program's code and the YAML speak in these;
/// <see cref="DeploymentSpec.Resolve"/> lays one over the other and fills in the defaults.
/// </summary>
internal sealed record DeploymentOptions
{
    [Key("name", "The deployment's name as the program gives it: by default the class name.", Required = true)]
    public string Name { get; init; } = "";

    [Key("num_replicas", "How many replicas run: a number, or auto for an autoscaling_config with a max_replicas of 100. Null is as if it were not set. With 0 requests wait until somebody scales it up; to be started by them, a deployment needs an autoscaling_config with min_replicas: 0.", Minimum = 0, Maximum = 100_000)]
    public ReplicaCount? NumReplicas { get; init; }

    [Key("max_ongoing_requests", "How many requests one replica works on at the same time.", Minimum = 1, Update = UpdateClass.InPlace, Unit = "requests", RayDefault = "5", Differs = "a .NET replica runs requests on many threads; 5 fits one event loop")]
    public int? MaxOngoingRequests { get; init; }

    [Key("max_queued_requests", "How many requests may wait for a replica in one router (a proxy, or a replica that calls); −1 is no bound.", Minimum = -1, Unit = "requests", RayDefault = "-1", Differs = "every queue has a bound")]
    public int? MaxQueuedRequests { get; init; }

    [Key("user_config", "Free-form settings that ReconfigureAsync receives, at the start and after each change.", Update = UpdateClass.InPlace)]
    public JsonNode? UserConfig { get; init; }

    [Key("graceful_shutdown_wait_loop_s", "The least time that a replica stays up after it left the route table.", Minimum = 0, RayDefault = "2", Differs = "Ray Serve sleeps before it looks whether requests still run; a gate here counts them exactly and refuses late ones, which then go elsewhere")]
    public TimeSpan? GracefulShutdownWaitLoop { get; init; }

    [Key("graceful_shutdown_timeout_s", "How long running requests may take to finish before the replica is ended; 0 ends it at once.", Minimum = 0)]
    public TimeSpan? GracefulShutdownTimeout { get; init; }

    [Key("health_check_period_s", "The time between two health checks of a replica.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? HealthCheckPeriod { get; init; }

    [Key("health_check_timeout_s", "How long a health check may take; a later answer counts as a failure.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? HealthCheckTimeout { get; init; }

    [Key("startup_timeout_s", "How long a replica may take from the start of its process until it is ready.", Minimum = 0, ExclusiveMinimum = true, RayDefault = "no such key", Differs = "a constructor that hangs is a failed start with a reason, not a silence")]
    public TimeSpan? StartupTimeout { get; init; }

    [Key("autoscaling_config", "The bounds in which the number of replicas moves with the load, and how. Not beside a number of replicas.", Differs = "the number follows the whole window and not its last instant, and requests that wait count as work to be done once, not as load for ever")]
    public AutoscalingOptions? Autoscaling { get; init; }

    [Key("standby_replicas", "How many replicas more are kept ready without requests: constructed, healthy, and in no route. One of them serves at once where another is needed or lost, and a new one is started behind it. Each costs what a replica costs. With an autoscaling_config both together are never more than max_replicas.", Minimum = 0, Maximum = 1000, RayDefault = "no such key: 0", Differs = "a start takes seconds or minutes, a change of routes milliseconds")]
    public int? StandbyReplicas { get; init; }

    [Key("logging_config", "How the replicas log.", Update = UpdateClass.InPlace)]
    public LoggingSpec? Logging { get; init; }

    [Key("request_router_config", "How requests find a replica: the less busy of two that are drawn at random, one that holds the request's model, or the one of its session. What the document says goes in the place of all that the code says.")]
    public RequestRouterOptions? RequestRouter { get; init; }

    [Key("max_surge_percent", "How many replicas may be there beyond the declared number while an update replaces old ones, in percent of that number, rounded up; 0 stops old ones first, in waves.", Minimum = 0, Maximum = 100, Unit = "percent", RayDefault = "no such key: 0", Differs = "an update shall not cost capacity")]
    public double? MaxSurgePercent { get; init; }

    [Key("rolling_update_percentage", "The share of the replicas that an update takes out of service at the same time, at least one: those that take settings up in place and, where max_surge_percent is 0, those that are replaced.", Minimum = 0, ExclusiveMinimum = true, Maximum = 1)]
    public double? RollingUpdatePercentage { get; init; }

    [Key("health_check_failure_threshold", "How many health checks in a row must fail before the replica is replaced.", Minimum = 1, Maximum = 1000, RayDefault = "no such key: 3", Differs = "how patient a check should be depends on the model")]
    public int? HealthCheckFailureThreshold { get; init; }

    [Key("max_constructor_retry_count", "How many failed starts make a version that was never ready a failed one; less for few replicas: three for each. Attempts go on, more and more slowly.", Minimum = 1, Maximum = 1000)]
    public int? MaxConstructorRetryCount { get; init; }

    [Key("ray_actor_options", "What each replica reserves.", Update = UpdateClass.Restart)]
    public ResourceOptions? Resources { get; init; }

    [Key("max_replicas_per_node", "How many replicas of the deployment one node may have.", Minimum = 1, Maximum = 100, Update = UpdateClass.Restart)]
    public int? MaxReplicasPerNode { get; init; }

    [Key("placement_group_bundles", "Bundles of amounts by resource (CPU, GPU, memory in bytes, or another name) that each replica reserves, all or none of them. It runs in the first.", Update = UpdateClass.Restart)]
    public IReadOnlyList<IReadOnlyDictionary<string, double>>? PlacementGroupBundles { get; init; }

    [Key("placement_group_strategy", "How the bundles lie on nodes: on few or on many as far as possible, or strictly on one or each on its own.", Update = UpdateClass.Restart)]
    public PlacementStrategy? PlacementGroupStrategy { get; init; }

    [Key("placement_group_bundle_label_selector", "The label selector of each bundle, or one for all of them.", Update = UpdateClass.Restart)]
    public IReadOnlyList<IReadOnlyDictionary<string, string>>? PlacementGroupBundleLabelSelector { get; init; }
}

/// <summary>What a replica reserves of its node, each part optional.</summary>
internal sealed record ResourceOptions
{
    [Key("num_cpus", "CPU cores, in steps of 0.0001.", Minimum = 0, Maximum = 1_000_000, Update = UpdateClass.Restart)]
    public double? Cpus { get; init; }

    [Key("num_gpus", "GPUs: a fraction of one, or a whole number of them.", Minimum = 0, Maximum = 1000, Update = UpdateClass.Restart)]
    public double? Gpus { get; init; }

    [Key("memory", "Bytes of memory. A process that has reserved some may not use much more: its managed heap is bounded by three quarters of it, and the whole of it where the server has a cgroup.", Minimum = 0, Maximum = 1e14, Update = UpdateClass.Restart)]
    public double? Memory { get; init; }

    [Key("resources", "Amounts of resources that the nodes offer under names of the operator's choice (serve start --resources).", Update = UpdateClass.Restart)]
    public IReadOnlyDictionary<string, double>? Custom { get; init; }

    [Key("accelerator_type", "The type of GPU that the node must have, for instance H100.", Update = UpdateClass.Restart)]
    public string? AcceleratorType { get; init; }

    [Key("label_selector", "What the node's labels must be: by key a value, !value, in(a,b) or !in(a,b).", Update = UpdateClass.Restart)]
    public IReadOnlyDictionary<string, string>? LabelSelector { get; init; }

    [Key("fallback_strategy", "Other selectors to try in this order, where no node that label_selector names has room.", Update = UpdateClass.Restart)]
    public IReadOnlyList<FallbackOptions>? FallbackStrategy { get; init; }
}

/// <summary>Which nodes will do where better ones have no room.</summary>
internal sealed record FallbackOptions
{
    [Key("label_selector", "As in ray_actor_options.", Required = true, Update = UpdateClass.Restart)]
    public IReadOnlyDictionary<string, string> LabelSelector { get; init; } = new Dictionary<string, string>();
}
