using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Routing;

namespace Serve;

/// <summary>
/// Makes a class a deployment: Serve constructs it in each of its replicas and sends it requests. All options can be overridden in the
/// YAML document; what neither sets has the default of <c>src/docs/config.md</c>. Durations are in seconds.
/// </summary>
/// <param name="name">The deployment's name, unique in the program; by default the class name.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DeploymentAttribute(string? name = null) : Attribute
{
    private DeploymentOptions _options = new();

    /// <summary>The deployment's name, or null for the class name.</summary>
    public string? Name { get; } = name;

    /// <summary>Whether requests may run while <see cref="IReconfigure{TUserConfig}.ReconfigureAsync"/> does. Default false: a replica lets its requests finish first.</summary>
    public bool ReconfiguresWhileServing { get; set; }

    /// <summary>How many replicas run. Default 1.</summary>
    public int NumReplicas
    {
        get => _options.NumReplicas?.Number ?? default;
        set => _options = _options with { NumReplicas = value };
    }

    /// <summary>How many requests one replica works on at the same time. Default 100.</summary>
    public int MaxOngoingRequests
    {
        get => _options.MaxOngoingRequests ?? default;
        set => _options = _options with { MaxOngoingRequests = value };
    }

    /// <summary>How many requests may wait for a replica in one router; −1 is no bound. Default 1000.</summary>
    public int MaxQueuedRequests
    {
        get => _options.MaxQueuedRequests ?? default;
        set => _options = _options with { MaxQueuedRequests = value };
    }

    /// <summary>
    /// A class of the program that implements <see cref="IRequestRouter"/> and chooses the replica of each call. By default Serve chooses. Behind a
    /// proxy not for the deployment that takes requests from outside.
    /// </summary>
    public Type? RequestRouter
    {
        get;
        set
        {
            field = value;
            _options = _options with { RequestRouter = value is null ? null : new RequestRouterOptions { Class = value.FullName! } };
        }
    }

    /// <summary>How long running requests may take to finish before a replica is ended. Default 20.</summary>
    public double GracefulShutdownTimeoutSeconds
    {
        get => _options.GracefulShutdownTimeout?.TotalSeconds ?? default;
        set => _options = _options with { GracefulShutdownTimeout = TimeSpan.FromSeconds(value) };
    }

    /// <summary>The time between two health checks of a replica. Default 10.</summary>
    public double HealthCheckPeriodSeconds
    {
        get => _options.HealthCheckPeriod?.TotalSeconds ?? default;
        set => _options = _options with { HealthCheckPeriod = TimeSpan.FromSeconds(value) };
    }

    /// <summary>How long a health check may take. Default 30.</summary>
    public double HealthCheckTimeoutSeconds
    {
        get => _options.HealthCheckTimeout?.TotalSeconds ?? default;
        set => _options = _options with { HealthCheckTimeout = TimeSpan.FromSeconds(value) };
    }

    /// <summary>How long a replica may take from the start of its process until it is ready. Default 600.</summary>
    public double StartupTimeoutSeconds
    {
        get => _options.StartupTimeout?.TotalSeconds ?? default;
        set => _options = _options with { StartupTimeout = TimeSpan.FromSeconds(value) };
    }

    /// <summary>The CPU cores that each replica reserves, in steps of 0.0001. Default 1.</summary>
    public double NumCpus
    {
        get => _options.Resources?.Cpus ?? default;
        set => _options = _options with { Resources = (_options.Resources ?? new()) with { Cpus = value } };
    }

    /// <summary>The GPUs that each replica reserves: a fraction of one, or a whole number. Default 0.</summary>
    public double NumGpus
    {
        get => _options.Resources?.Gpus ?? default;
        set => _options = _options with { Resources = (_options.Resources ?? new()) with { Gpus = value } };
    }

    /// <summary>How long a replica at least stays up after it left the route table. Default 0.</summary>
    public double GracefulShutdownWaitLoopSeconds
    {
        get => _options.GracefulShutdownWaitLoop?.TotalSeconds ?? default;
        set => _options = _options with { GracefulShutdownWaitLoop = TimeSpan.FromSeconds(value) };
    }

    /// <summary>What <c>ReconfigureAsync</c> receives, as JSON. Default none.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is no JSON.</exception>
    public string UserConfig
    {
        get => _options.UserConfig?.ToJsonString() ?? "";
        set => _options = _options with { UserConfig = JsonNode.Parse(value) };
    }

    /// <summary>Whether load decides how many replicas there are, within <see cref="MinReplicas"/> and <see cref="MaxReplicas"/>: as <c>num_replicas: auto</c>.</summary>
    public bool IsAutoscaled
    {
        get => _options.NumReplicas is { IsAuto: true };
        set => _options = _options with { NumReplicas = value ? ReplicaCount.Auto : null };
    }

    /// <summary>The fewest replicas, where load decides. Default 1.</summary>
    public int MinReplicas
    {
        get => Scaling.MinReplicas ?? default;
        set => Scaling = Scaling with { MinReplicas = value };
    }

    /// <summary>How many replicas a first deploy starts, where load decides. Default <see cref="MinReplicas"/>.</summary>
    public int InitialReplicas
    {
        get => Scaling.InitialReplicas ?? default;
        set => Scaling = Scaling with { InitialReplicas = value };
    }

    /// <summary>The most replicas, where load decides. Default 100 with <see cref="IsAutoscaled"/>, else 1.</summary>
    public int MaxReplicas
    {
        get => Scaling.MaxReplicas ?? default;
        set => Scaling = Scaling with { MaxReplicas = value };
    }

    /// <summary>How many replicas more are kept ready without requests, to serve at once where another is needed or lost. Default 0.</summary>
    public int StandbyReplicas
    {
        get => _options.StandbyReplicas ?? default;
        set => _options = _options with { StandbyReplicas = value };
    }

    /// <summary>How many requests, running and waiting, there shall be for each replica on average, where load decides. Default 2.</summary>
    public double TargetOngoingRequests
    {
        get => Scaling.TargetOngoingRequests ?? default;
        set => Scaling = Scaling with { TargetOngoingRequests = value };
    }

    /// <summary>How long more replicas must have been needed before there are more. Default 30.</summary>
    public double UpscaleDelaySeconds
    {
        get => Scaling.UpscaleDelay?.TotalSeconds ?? default;
        set => Scaling = Scaling with { UpscaleDelay = TimeSpan.FromSeconds(value) };
    }

    /// <summary>How long fewer replicas must have been enough before there are fewer. Default 600.</summary>
    public double DownscaleDelaySeconds
    {
        get => Scaling.DownscaleDelay?.TotalSeconds ?? default;
        set => Scaling = Scaling with { DownscaleDelay = TimeSpan.FromSeconds(value) };
    }

    /// <summary>
    /// A class of the program that implements <see cref="IAutoscalingPolicy"/> and decides how many replicas there are. By default Serve decides, by the load.
    /// </summary>
    public Type? AutoscalingPolicy
    {
        get;
        set
        {
            field = value;
            Scaling = Scaling with { Policy = value is null ? new PolicyOptions() : new PolicyOptions { Function = value.FullName! } };
        }
    }

    private AutoscalingOptions Scaling
    {
        get => _options.Autoscaling ?? new();
        set => _options = _options with { Autoscaling = value };
    }

    /// <summary>The bytes of memory that each replica reserves, and may not use much more of. Default 0: no statement.</summary>
    public long MemoryBytes
    {
        get => (long)(_options.Resources?.Memory ?? default);
        set => _options = _options with { Resources = (_options.Resources ?? new()) with { Memory = value } };
    }

    /// <summary>The type of GPU that the node must have, for instance <c>H100</c>. Default: any.</summary>
    public string AcceleratorType
    {
        get => _options.Resources?.AcceleratorType ?? "";
        set => _options = _options with { Resources = (_options.Resources ?? new()) with { AcceleratorType = value } };
    }

    /// <summary>How many replicas one node may have, 1 to 100. Default: as many as there is room for.</summary>
    public int MaxReplicasPerNode
    {
        get => _options.MaxReplicasPerNode ?? default;
        set => _options = _options with { MaxReplicasPerNode = value };
    }

    internal DeploymentOptions ToOptions(string deployment) => _options with { Name = deployment };
}
