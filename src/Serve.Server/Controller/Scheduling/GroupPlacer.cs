using System.Collections.Immutable;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>Finds nodes for the bundles of a placement group: all of them or none. Pure.</summary>
internal static class GroupPlacer
{
    public static ImmutableArray<BundlePlacement> Place(NodeTable nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own, NodePreference preference)
    {
        var candidates = Candidates(nodes, request, own, preference);
        return request.Strategy switch
        {
            PlacementStrategy.STRICT_PACK => OnOne(candidates, request),
            PlacementStrategy.STRICT_SPREAD => OnNodesOfTheirOwn(candidates, request),
            PlacementStrategy.SPREAD => FirstOf(OnNodesOfTheirOwn(candidates, request), () => new GroupSearch(request, candidates, isPacked: false).Run()),
            _ => FirstOf(OnOne(candidates, request), () => new GroupSearch(request, candidates, isPacked: true).Run()),
        };
    }

    private static List<NodeState> Candidates(NodeTable nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own, NodePreference preference)
    {
        var fitting = Scheduler.InOrder(nodes, preference).Where(node => !node.IsEmptying && request.Bundles.Any(bundle => Fits(node, bundle)));
        return preference == NodePreference.Pack ? [.. fitting] : [.. fitting.OrderBy(node => own.GetValueOrDefault(node.Info.Node))];
    }

    private static ImmutableArray<BundlePlacement> FirstOf(ImmutableArray<BundlePlacement> best, Func<ImmutableArray<BundlePlacement>> otherwise) =>
        best.IsEmpty ? otherwise() : best;

    private static ImmutableArray<BundlePlacement> OnOne(List<NodeState> candidates, PlacementRequest request)
    {
        var failed = new HashSet<NodeState>(new SameRoom(request));
        foreach (var candidate in candidates)
        {
            // What does not fit on a node does not fit on another that has as much room; in most clusters nearly all are alike.
            if (!failed.Add(candidate) || request.Bundles.Any(bundle => !Fits(candidate, bundle)))
                continue;
            var found = new GroupSearch(request, [candidate], isPacked: true).Run();
            if (!found.IsEmpty)
                return found;
        }

        return [];
    }

    /// <summary>A matching of bundles and nodes, by augmenting paths: exact, however tight it is.</summary>
    private static ImmutableArray<BundlePlacement> OnNodesOfTheirOwn(List<NodeState> candidates, PlacementRequest request)
    {
        var bundles = request.Bundles;
        if (candidates.Count < bundles.Length)
            return [];
        var bundleOf = new int?[candidates.Count];
        for (var bundle = 0; bundle < bundles.Length; bundle++)
        {
            if (!Assign(bundle, new bool[candidates.Count]))
                return [];
        }

        var result = new BundlePlacement[bundles.Length];
        for (var index = 0; index < candidates.Count; index++)
        {
            if (bundleOf[index] is { } bundle)
                result[bundle] = PlacementOf(candidates[index], bundles[bundle].Amounts);
        }

        return [.. result];

        bool Assign(int bundle, bool[] seen)
        {
            for (var index = 0; index < candidates.Count; index++)
            {
                if (bundleOf[index] is null && Fits(candidates[index], bundles[bundle]))
                {
                    bundleOf[index] = bundle;
                    return true;
                }
            }

            for (var index = 0; index < candidates.Count; index++)
            {
                if (seen[index] || bundleOf[index] is not { } other || !Fits(candidates[index], bundles[bundle]))
                    continue;
                seen[index] = true;
                if (!Assign(other, seen))
                    continue;
                bundleOf[index] = bundle;
                return true;
            }

            return false;
        }
    }

    private static BundlePlacement PlacementOf(NodeState node, ResourceBundle amounts) => new(node.Info.Node, amounts, NodeFit.GpuChoices(node.UsedGpus, amounts.Gpus).First());

    private static bool Fits(NodeState node, BundleRequest bundle) => bundle.Selectors[0].Matches(node.Info.Labels) && NodeFit.HasRoom(node, bundle.Amounts);
}
