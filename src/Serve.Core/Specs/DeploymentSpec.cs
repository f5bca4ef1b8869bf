using System.Text.Json.Nodes;
using Serve.Specs.Placement;

namespace Serve.Specs;

/// <summary>One deployment with every option decided: code under YAML over defaults.</summary>
internal sealed record DeploymentSpec
{
    public required string Name { get; init; }

    public int NumReplicas { get; init; } = 1;

    public int MaxOngoingRequests { get; init; } = 100;

    public int MaxQueuedRequests { get; init; } = 1000;

    public JsonNode? UserConfig { get; init; }

    public TimeSpan GracefulShutdownWaitLoop { get; init; }

    public TimeSpan GracefulShutdownTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan HealthCheckPeriod { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan HealthCheckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromMinutes(10);

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
            spec = spec with
            {
                NumReplicas = layer.NumReplicas ?? spec.NumReplicas,
                MaxOngoingRequests = layer.MaxOngoingRequests ?? spec.MaxOngoingRequests,
                MaxQueuedRequests = layer.MaxQueuedRequests ?? spec.MaxQueuedRequests,
                UserConfig = layer.UserConfig ?? spec.UserConfig,
                GracefulShutdownWaitLoop = layer.GracefulShutdownWaitLoop ?? spec.GracefulShutdownWaitLoop,
                GracefulShutdownTimeout = layer.GracefulShutdownTimeout ?? spec.GracefulShutdownTimeout,
                HealthCheckPeriod = layer.HealthCheckPeriod ?? spec.HealthCheckPeriod,
                HealthCheckTimeout = layer.HealthCheckTimeout ?? spec.HealthCheckTimeout,
                StartupTimeout = layer.StartupTimeout ?? spec.StartupTimeout,
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
