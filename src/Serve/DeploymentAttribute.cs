using Serve.Specs;

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
        get => _options.NumReplicas ?? default;
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
