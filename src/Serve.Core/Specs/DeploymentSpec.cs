using System.Text.Json.Nodes;
using Serve.Routing;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Specs.Placement;

namespace Serve.Specs;

/// <summary>One deployment with every option decided: code under YAML over defaults.</summary>
internal sealed record DeploymentSpec
{
    public required string Name { get; init; }

    /// <summary>How many replicas there shall be; with <see cref="Autoscaling"/> at the beginning.</summary>
    public int NumReplicas { get; init; } = 1;

    /// <summary>The bounds in which the number moves, or null where it is fixed.</summary>
    public AutoscalingSpec? Autoscaling { get; init; }

    /// <summary>How many replicas are kept ready beside those, as far as the bounds leave room.</summary>
    public int StandbyReplicas { get; init; }

    /// <summary>How many that are now; decided by <see cref="At"/>.</summary>
    public int Standbys { get; init; }

    /// <summary>All replicas that there shall be, whether they serve or stand by.</summary>
    public int AllReplicas => NumReplicas + Standbys;

    public int MaxOngoingRequests { get; init; } = 100;

    public int MaxQueuedRequests { get; init; } = 1000;

    public JsonNode? UserConfig { get; init; }

    public TimeSpan GracefulShutdownWaitLoop { get; init; }

    public TimeSpan GracefulShutdownTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan HealthCheckPeriod { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan HealthCheckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How the replicas log, or null where the application or the program says.</summary>
    public LoggingSpec? Logging { get; init; }

    /// <summary>How many replicas may be there beyond the declared number while old ones are replaced, in percent of it; 0 stops old ones first.</summary>
    public double MaxSurgePercent { get; init; } = 25;

    /// <summary>The share of the replicas that may be out of service at the same time because of an update.</summary>
    public double RollingUpdatePercentage { get; init; } = 0.2;

    /// <summary>How many health checks in a row must fail before a replica is replaced.</summary>
    public int HealthCheckFailureThreshold { get; init; } = 3;

    /// <summary>How many failed starts make a version that never ran a failed one, at most.</summary>
    public int MaxConstructorRetryCount { get; init; } = 20;

    /// <summary>How requests find a replica.</summary>
    public RoutingRules Routing { get; init; } = RoutingRules.Standard;

    public ResourceSpec Resources { get; init; } = ResourceSpec.Default;

    public int? MaxReplicasPerNode { get; init; }

    public IReadOnlyList<ResourceBundle>? PlacementGroupBundles { get; init; }

    public PlacementStrategy PlacementGroupStrategy { get; init; } = PlacementStrategy.PACK;

    public IReadOnlyList<LabelSelector>? PlacementGroupBundleLabelSelector { get; init; }

    /// <summary>Lays the layers over each other; a later layer wins where it says something.</summary>
    public static DeploymentSpec Resolve(string name, params ReadOnlySpan<DeploymentOptions> layers)
    {
        var spec = new DeploymentSpec { Name = name };
        foreach (var layer in layers)
        {
            var autoscaling = AutoscalingSpec.Resolve(layer, spec.Autoscaling);
            spec = spec with
            {
                NumReplicas = layer.NumReplicas?.Number ?? autoscaling?.FirstReplicas ?? spec.NumReplicas,
                Autoscaling = autoscaling,
                StandbyReplicas = layer.StandbyReplicas ?? spec.StandbyReplicas,
                Logging = layer.Logging ?? spec.Logging,
                MaxOngoingRequests = layer.MaxOngoingRequests ?? spec.MaxOngoingRequests,
                MaxQueuedRequests = layer.MaxQueuedRequests ?? spec.MaxQueuedRequests,
                UserConfig = layer.UserConfig ?? spec.UserConfig,
                GracefulShutdownWaitLoop = layer.GracefulShutdownWaitLoop ?? spec.GracefulShutdownWaitLoop,
                GracefulShutdownTimeout = layer.GracefulShutdownTimeout ?? spec.GracefulShutdownTimeout,
                HealthCheckPeriod = layer.HealthCheckPeriod ?? spec.HealthCheckPeriod,
                HealthCheckTimeout = layer.HealthCheckTimeout ?? spec.HealthCheckTimeout,
                StartupTimeout = layer.StartupTimeout ?? spec.StartupTimeout,
                MaxSurgePercent = layer.MaxSurgePercent ?? spec.MaxSurgePercent,
                RollingUpdatePercentage = layer.RollingUpdatePercentage ?? spec.RollingUpdatePercentage,
                HealthCheckFailureThreshold = layer.HealthCheckFailureThreshold ?? spec.HealthCheckFailureThreshold,
                MaxConstructorRetryCount = layer.MaxConstructorRetryCount ?? spec.MaxConstructorRetryCount,
                Routing = layer.RequestRouter?.ToRules() ?? spec.Routing,
                Resources = spec.Resources.Override(layer.Resources),
                MaxReplicasPerNode = layer.MaxReplicasPerNode ?? spec.MaxReplicasPerNode,
                PlacementGroupBundles = layer.PlacementGroupBundles is { } bundles ? [.. bundles.Select(ResourceBundle.From)] : spec.PlacementGroupBundles,
                PlacementGroupStrategy = layer.PlacementGroupStrategy ?? spec.PlacementGroupStrategy,
                PlacementGroupBundleLabelSelector = layer.PlacementGroupBundleLabelSelector is { } selectors
                    ? [.. selectors.Select(LabelSelector.Of)]
                    : spec.PlacementGroupBundleLabelSelector,
            };
        }

        return spec;
    }

    /// <summary>How many replicas there shall be at a share of the capacity.</summary>
    /// <param name="capacity">The share.</param>
    /// <param name="now">The time, for bounds that depend on it.</param>
    /// <param name="current">How many there were to be until now, which load or an operator has decided; null at the first deploy. Counts only within bounds.</param>
    public int ReplicasAt(TargetCapacity capacity, DateTimeOffset now, int? current = null)
    {
        if (Autoscaling is not { } bounds)
            return capacity.Of(NumReplicas);
        var (min, max) = bounds.At(capacity, now);
        return Math.Clamp(current ?? capacity.Of(NumReplicas), min, max);
    }

    /// <summary>The same with as many replicas as there shall be at a share of the capacity, and as many standbys as there is room for beside them.</summary>
    /// <inheritdoc cref="ReplicasAt"/>
    public DeploymentSpec At(TargetCapacity capacity, DateTimeOffset now, int? current = null)
    {
        var replicas = ReplicasAt(capacity, now, current);
        var room = Autoscaling?.At(capacity, now).Max - replicas;
        return this with { NumReplicas = replicas, Standbys = Math.Min(capacity.Of(StandbyReplicas), room ?? StandbyReplicas) };
    }

    /// <summary>Equal for deployments whose replicas reserve the same in the same places, and only for them.</summary>
    public string PlacementText() => string.Join(
        '|',
        [
            Resources.Bundle.Canonical,
            Resources.LabelSelector.Canonical,
            .. Resources.FallbackStrategy.Select(fallback => $"or {fallback.Canonical}"),
            $"{MaxReplicasPerNode}",
            .. PlacementGroupBundles?.Select(bundle => bundle.Canonical).Append($"{PlacementGroupStrategy}") ?? [],
            .. PlacementGroupBundleLabelSelector?.Select(selector => $"at {selector.Canonical}") ?? [],
        ]);
}
