using System.Collections.Immutable;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>
/// Lays bundles on nodes by trying, large bundles first, and going back where the rest no longer fits. It finds a way if there is one
/// (the test compares it with trying everything), except where a crowded cluster and many different bundles use the tries up: to pack boxes is hard.
/// </summary>
internal sealed class GroupSearch
{
    private const int MaxTries = 20_000;

    private readonly PlacementRequest _request;
    private readonly ImmutableArray<int> _order;
    private readonly NodeState[] _nodes;
    private readonly int[] _bundlesOn;
    private readonly bool _isPacked;
    private readonly List<int> _touched = [];
    private readonly BundlePlacement[] _found;
    private readonly SameRoom _sameRoom;
    private int _tries = MaxTries;

    /// <param name="request">The group.</param>
    /// <param name="nodes">The nodes, the best first.</param>
    /// <param name="isPacked">Whether to prefer nodes that have bundles of the group already, or those that have none.</param>
    public GroupSearch(PlacementRequest request, IReadOnlyList<NodeState> nodes, bool isPacked)
    {
        _request = request;
        _nodes = [.. nodes];
        _isPacked = isPacked;
        _bundlesOn = new int[_nodes.Length];
        _found = new BundlePlacement[request.Bundles.Length];
        _sameRoom = new SameRoom(request);
        _order =
        [
            .. Enumerable.Range(0, request.Bundles.Length)
                .OrderByDescending(index => request.Bundles[index].Amounts.Gpus)
                .ThenByDescending(index => request.Bundles[index].Amounts.Cpus)
                .ThenByDescending(index => request.Bundles[index].Amounts.Memory),
        ];
    }

    public ImmutableArray<BundlePlacement> Run() => Place(depth: 0) ? [.. _found] : [];

    private bool Place(int depth)
    {
        if (depth == _order.Length)
            return true;
        var bundle = _request.Bundles[_order[depth]];
        var failed = new HashSet<NodeState>(_sameRoom);
        foreach (var index in Candidates())
        {
            if (_tries-- <= 0)
                return false;
            var node = _nodes[index];
            if (!bundle.Selectors[0].Matches(node.Info.Labels) || !NodeFit.HasRoom(node, bundle.Amounts))
                continue;
            // Of the nodes that the group does not use yet, one stands for all that are like it.
            if (_bundlesOn[index] > 0 || failed.Add(node))
            {
                if (Place(depth, index, bundle.Amounts))
                    return true;
            }
        }

        return false;
    }

    private bool Place(int depth, int index, ResourceBundle amounts)
    {
        var before = _nodes[index];
        foreach (var gpus in NodeFit.GpuChoices(before.UsedGpus, amounts.Gpus))
        {
            _nodes[index] = Reservation.Take(before, amounts, gpus);
            _found[_order[depth]] = new BundlePlacement(before.Info.Node, amounts, gpus);
            if (_bundlesOn[index]++ == 0)
                _touched.Add(index);
            var isPlaced = Place(depth + 1);
            if (--_bundlesOn[index] == 0)
                _touched.Remove(index);
            _nodes[index] = before;
            if (isPlaced)
                return true;
        }

        return false;
    }

    private IEnumerable<int> Candidates()
    {
        var used = _isPacked ? _touched.OrderByDescending(index => _bundlesOn[index]) : _touched.OrderBy(index => _bundlesOn[index]);
        var unused = Enumerable.Range(0, _nodes.Length).Where(index => _bundlesOn[index] == 0);
        // The lists change while candidates are tried; what is put back afterwards is the same.
        return _isPacked ? [.. used, .. unused] : [.. unused, .. used];
    }
}
