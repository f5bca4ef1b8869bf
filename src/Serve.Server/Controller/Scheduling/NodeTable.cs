using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Serve.Specs;

namespace Serve.Server.Controller.Scheduling;

/// <summary>All nodes, by name and by load, so that the scheduler finds a good one without looking at all of them. Immutable.</summary>
internal sealed class NodeTable : IReadOnlyDictionary<string, NodeState>
{
    public static readonly NodeTable Empty = new(
        ImmutableSortedDictionary.Create<string, NodeState>(StringComparer.Ordinal), ImmutableSortedSet.Create<RankedNode>(RankedNode.ByRank));

    private readonly ImmutableSortedDictionary<string, NodeState> _nodes;
    private readonly ImmutableSortedSet<RankedNode> _ranked;

    private NodeTable(ImmutableSortedDictionary<string, NodeState> nodes, ImmutableSortedSet<RankedNode> ranked)
    {
        _nodes = nodes;
        _ranked = ranked;
    }

    public int Count => _nodes.Count;

    public bool IsEmpty => _nodes.IsEmpty;

    public IEnumerable<string> Keys => _nodes.Keys;

    public IEnumerable<NodeState> Values => _nodes.Values;

    /// <summary>From the node with the smallest part in use to the fullest.</summary>
    public IEnumerable<NodeState> EmptiestFirst => _ranked.Select(static ranked => ranked.Node);

    /// <summary>The reverse: nodes without any replica come last.</summary>
    public IEnumerable<NodeState> FullestFirst => _ranked.Reverse().Select(static ranked => ranked.Node);

    public NodeState this[string key] => _nodes[key];

    public static NodeTable Of(IEnumerable<NodeState> nodes) => nodes.Aggregate(Empty, static (table, node) => table.SetItem(node.Info.Node, node));

    public bool ContainsKey(string key) => _nodes.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out NodeState value) => _nodes.TryGetValue(key, out value);

    public NodeTable SetItem(string name, NodeState node)
    {
        var ranked = _nodes.TryGetValue(name, out var old) ? _ranked.Remove(RankedNode.Of(old)) : _ranked;
        return new NodeTable(_nodes.SetItem(name, node), ranked.Add(RankedNode.Of(node)));
    }

    public NodeTable Remove(string name) =>
        _nodes.TryGetValue(name, out var old) ? new NodeTable(_nodes.Remove(name), _ranked.Remove(RankedNode.Of(old))) : this;

    public IEnumerator<KeyValuePair<string, NodeState>> GetEnumerator() => _nodes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <param name="Load">The largest part that is in use of CPUs, GPUs and memory, in 1/10000.</param>
    /// <param name="Replicas">How many replicas it has or keeps room for: the load of those that reserve nothing.</param>
    /// <param name="Node">The node.</param>
    private readonly record struct RankedNode(long Load, int Replicas, NodeState Node)
    {
        public static readonly IComparer<RankedNode> ByRank = Comparer<RankedNode>.Create(static (one, other) =>
        {
            var byLoad = one.Load.CompareTo(other.Load);
            if (byLoad == 0)
                byLoad = one.Replicas.CompareTo(other.Replicas);
            return byLoad != 0 ? byLoad : string.CompareOrdinal(one.Node.Info.Node, other.Node.Info.Node);
        });

        public static RankedNode Of(NodeState node)
        {
            var gpus = 0L;
            foreach (var used in node.UsedGpus)
                gpus += used.Units;
            var load = Math.Max(Part(node.UsedCpus, node.Cpus), Part(node.UsedMemory, node.Memory));
            return new RankedNode(
                Math.Max(load, Part(new ResourceAmount(gpus), new ResourceAmount((long)node.UsedGpus.Length * ResourceAmount.UnitsPerOne))),
                node.Replicas.Count + node.Guests.Count,
                node);
        }

        private static long Part(ResourceAmount used, ResourceAmount total) =>
            total == ResourceAmount.Zero ? 0 : (long)((double)used.Units / total.Units * ResourceAmount.UnitsPerOne);
    }
}
