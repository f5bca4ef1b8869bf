namespace Serve.Server.Controller.Scheduling;

/// <param name="Node">The node.</param>
/// <param name="Reason">What keeps the replica off it, as said of the node: <c>has 0.5 of 2 CPUs free</c>.</param>
internal sealed record NodeRefusal(string Node, string Reason);

/// <summary>
/// Why a replica has no node. It keeps what the scheduler saw (all of it immutable, and shared with the state of that moment) and finds the
/// reasons when somebody asks: a thousand nodes times a thousand replicas that wait would be a million reasons which nobody reads.
/// </summary>
internal sealed class PlacementRefusal(NodeTable nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own)
{
    private const int MaxGroups = 5;
    private const int MaxNames = 3;

    private string? _text;

    public PlacementRequest Request { get; } = request;

    /// <summary>The reason of each node.</summary>
    public IReadOnlyList<NodeRefusal> Nodes => [.. nodes.Values.Select(node => new NodeRefusal(node.Info.Node, WhyNot(node)))];

    /// <summary>For a status: nodes with the same reason are named together, at most <see cref="MaxGroups"/> reasons.</summary>
    public override string ToString() => _text ??= Describe();

    private string Describe()
    {
        if (nodes.Count == 0)
            return "no node is there yet.";
        var groups = Nodes.GroupBy(refusal => refusal.Reason, refusal => refusal.Node, StringComparer.Ordinal).ToList();
        var shown = groups.Count <= MaxGroups ? groups : [.. groups.OrderByDescending(group => group.Count()).Take(MaxGroups)];
        var rest = groups.Except(shown).Sum(group => group.Count());
        var parts = shown.Select(group => $"{Names([.. group])} {Plural(group.Key, group.Count())}").Concat(rest == 0 ? [] : [$"{rest} more have other reasons"]);
        return $"{Wanted()}: {string.Join("; ", parts)}.{(IsTooLarge() ? " No node is large enough even where nothing else runs on it." : "")}";
    }

    private string Wanted() => Request.Strategy is { } strategy
        ? $"there is no room for {Request.Bundles.Length} bundles ({strategy}: {string.Join(" + ", Request.Bundles.Select(bundle => bundle.Amounts))})"
        : $"no node has room for {Request.Bundles[0].Amounts}";

    private string WhyNot(NodeState node)
    {
        if (node.IsEmptying)
            return "is being emptied";
        if (Request.Strategy is not null)
            return WhyNotGroup(node);
        var bundle = Request.Bundles[0];
        if (!bundle.Selectors.Any(selector => selector.Matches(node.Info.Labels)))
            return WhyNotLabels(bundle);
        return own.GetValueOrDefault(node.Info.Node) >= Request.MaxPerNode
            ? $"has {Request.MaxPerNode} replicas of the deployment (max_replicas_per_node)"
            : NodeFit.WhyNot(node, bundle.Amounts) ?? "has room by now";
    }

    private string WhyNotGroup(NodeState node)
    {
        var fitting = Request.Bundles.Count(bundle => bundle.Selectors[0].Matches(node.Info.Labels) && NodeFit.HasRoom(node, bundle.Amounts));
        if (fitting == Request.Bundles.Length)
            return "has room for each bundle and not for all of them";
        var (first, index) = Request.Bundles.Select((bundle, index) => (bundle, index)).First(pair => !pair.bundle.Selectors[0].Matches(node.Info.Labels) || !NodeFit.HasRoom(node, pair.bundle.Amounts));
        var reason = first.Selectors[0].Matches(node.Info.Labels) ? NodeFit.WhyNot(node, first.Amounts)! : WhyNotLabels(first);
        return $"{reason} (bundle {index})";
    }

    private static string WhyNotLabels(BundleRequest bundle) => $"has other labels than {string.Join(", or ", bundle.Selectors)}";

    /// <summary>Whether waiting won't help: a bundle is larger than each node that it may lie on.</summary>
    private bool IsTooLarge() => Request.Bundles.Any(bundle => nodes.Values.All(node =>
        !bundle.Selectors.Any(selector => selector.Matches(node.Info.Labels)) || !NodeFit.HasRoom(Reservation.Empty(node.Info), bundle.Amounts)));

    private static string Names(IReadOnlyList<string> names) => names.Count <= MaxNames
        ? string.Join(", ", names)
        : $"{names.Count} nodes ({string.Join(", ", names.Take(MaxNames))}, …)";

    /// <summary>Reasons are said of one node: they start with <c>has</c> or <c>is</c>.</summary>
    private static string Plural(string reason, int count) => count == 1
        ? reason
        : reason.StartsWith("has ", StringComparison.Ordinal) ? $"have {reason[4..]}" : $"are {reason[3..]}";
}
