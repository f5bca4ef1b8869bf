using System.Collections.Immutable;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Finds nodes for a replica. Pure: the nodes with what is used come in, a decision or the reason for none goes out.</summary>
internal static class Scheduler
{
    /// <param name="nodes">All nodes.</param>
    /// <param name="request">What the replica needs.</param>
    /// <param name="own">How many replicas the same deployment has on nodes that have any.</param>
    /// <param name="preference">Which of several nodes to take.</param>
    public static Placement Place(NodeTable nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own, NodePreference preference)
    {
        var bundles = request.Strategy is null ? PlaceOne(nodes, request, own, preference) : GroupPlacer.Place(nodes, request, own, preference);
        return new Placement(bundles, bundles.IsEmpty ? new PlacementRefusal(nodes, request, own) : null);
    }

    /// <summary>Whether a change of one node can have made room for what was refused before.</summary>
    public static bool MayHelp(NodeState node, PlacementRequest request)
    {
        if (node.IsEmptying)
            return false;
        foreach (var bundle in request.Bundles)
        {
            if (NodeFit.HasRoom(node, bundle.Amounts) && MatchesAny(node, bundle))
                return true;
        }

        return false;
    }

    /// <summary>Nodes in the order in which they are tried: the first with room and few enough replicas of the deployment is it.</summary>
    public static IEnumerable<NodeState> InOrder(NodeTable nodes, NodePreference preference) =>
        preference == NodePreference.Pack ? nodes.FullestFirst : nodes.EmptiestFirst;

    private static ImmutableArray<BundlePlacement> PlaceOne(NodeTable nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own, NodePreference preference)
    {
        var bundle = request.Bundles[0];
        foreach (var selector in bundle.Selectors)
        {
            if (FindNode(nodes, bundle.Amounts, selector, request.MaxPerNode, own, preference) is { } node)
                return [new BundlePlacement(node.Info.Node, bundle.Amounts, NodeFit.GpuChoices(node.UsedGpus, bundle.Amounts.Gpus).First())];
        }

        return [];
    }

    private static NodeState? FindNode(
        NodeTable nodes, ResourceBundle wanted, LabelSelector selector, int? maxPerNode, IReadOnlyDictionary<string, int> own, NodePreference preference)
    {
        // No node can have fewer replicas of the deployment than this: the first that has so few ends the search.
        var fewest = preference == NodePreference.Pack || own.Count >= nodes.Count ? own.Values.DefaultIfEmpty().Min() : 0;
        NodeState? best = null;
        var bestCount = int.MaxValue;
        foreach (var node in InOrder(nodes, preference))
        {
            var count = own.GetValueOrDefault(node.Info.Node);
            if (count >= bestCount || count >= maxPerNode || node.IsEmptying || !NodeFit.HasRoom(node, wanted) || !selector.Matches(node.Info.Labels))
                continue;
            if (preference == NodePreference.Pack || count <= fewest)
                return node;
            best = node;
            bestCount = count;
        }

        return best;
    }

    private static bool MatchesAny(NodeState node, BundleRequest bundle)
    {
        foreach (var selector in bundle.Selectors)
        {
            if (selector.Matches(node.Info.Labels))
                return true;
        }

        return false;
    }
}
