using System.Collections.Immutable;
using Serve.Identity;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>What one replica needs of the nodes.</summary>
/// <param name="Deployment">Whose replica it is.</param>
/// <param name="Bundles">What is reserved, all or nothing; the process runs in the first.</param>
/// <param name="Strategy">How several bundles lie on nodes, or null for a replica without a placement group.</param>
/// <param name="MaxPerNode">How many replicas of the deployment a node may have.</param>
internal sealed record PlacementRequest(DeploymentId Deployment, ImmutableArray<BundleRequest> Bundles, PlacementStrategy? Strategy, int? MaxPerNode)
{
    public static PlacementRequest Of(DeploymentId deployment, DeploymentSpec spec)
    {
        if (spec.PlacementGroupBundles is { Count: > 0 } bundles)
            return new PlacementRequest(deployment, [.. bundles.Select((bundle, index) => new BundleRequest(bundle, [SelectorOf(spec, index)]))], spec.PlacementGroupStrategy, MaxPerNode: null);
        var resources = spec.Resources;
        return new PlacementRequest(deployment, [new BundleRequest(resources.Bundle, [resources.LabelSelector, .. resources.FallbackStrategy])], Strategy: null, spec.MaxReplicasPerNode);
    }

    private static LabelSelector SelectorOf(DeploymentSpec spec, int bundle) => spec.PlacementGroupBundleLabelSelector switch
    {
        null or { Count: 0 } => LabelSelector.Any,
        { Count: 1 } all => all[0],
        var each => each[bundle],
    };
}

/// <param name="Amounts">What is reserved.</param>
/// <param name="Selectors">Which nodes will do: the first selector, and where they have no room the next one.</param>
internal sealed record BundleRequest(ResourceBundle Amounts, ImmutableArray<LabelSelector> Selectors);
