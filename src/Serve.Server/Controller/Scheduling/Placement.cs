using System.Collections.Immutable;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Where a replica goes, or why it can't go anywhere.</summary>
/// <param name="Bundles">Where each bundle lies, in the order of the request; empty where there is no room.</param>
/// <param name="Refusal">Why there is no room, or null.</param>
internal sealed record Placement(ImmutableArray<BundlePlacement> Bundles, PlacementRefusal? Refusal)
{
    /// <summary>The node of the process, or null.</summary>
    public string? Node => Bundles.IsEmpty ? null : Bundles[0].Node;

    /// <summary>The indexes of the GPUs of the process.</summary>
    public ImmutableArray<int> Gpus => Bundles.IsEmpty ? [] : Bundles[0].Gpus;
}

/// <param name="Node">The node.</param>
/// <param name="Amounts">What is reserved there.</param>
/// <param name="Gpus">The indexes of the GPUs, each with the same share.</param>
internal sealed record BundlePlacement(string Node, ResourceBundle Amounts, ImmutableArray<int> Gpus);
