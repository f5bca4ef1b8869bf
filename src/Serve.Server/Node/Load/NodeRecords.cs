using Serve.Identity;
using Serve.Routing.Load;
using Serve.Wire.Control;

namespace Serve.Server.Node.Load;

/// <summary>The last values of what this node's replicas have recorded for scaling policies. Only for who holds the lock.</summary>
internal sealed class NodeRecords
{
    private readonly Dictionary<ReplicaId, Dictionary<string, double>> _values = [];
    private readonly Dictionary<ReplicaId, HashSet<string>> _new = [];

    /// <summary>Takes new values down; what can't be is left out.</summary>
    public void Set(ReplicaId replica, IReadOnlyDictionary<string, double> values)
    {
        if (!_values.TryGetValue(replica, out var known))
            _values[replica] = known = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            if (!CustomMetrics.IsGood(name, value) || (known.Count >= CustomMetrics.MaxCount && !known.ContainsKey(name)))
                continue;
            known[name] = value;
            NewOf(replica).Add(name);
        }
    }

    /// <summary>The replica has gone.</summary>
    public void Forget(ReplicaId replica)
    {
        _values.Remove(replica);
        _new.Remove(replica);
    }

    /// <summary>Somebody else wants to know: all there is is new.</summary>
    public void RenewAll()
    {
        foreach (var (replica, values) in _values)
            NewOf(replica).UnionWith(values.Keys);
    }

    /// <summary>What is new since the last time; null for nothing.</summary>
    public IReadOnlyList<ReplicaRecord>? Take()
    {
        if (_new.Count == 0)
            return null;
        var records = _new.Select(pair => new ReplicaRecord(pair.Key, pair.Value.ToDictionary(name => name, name => _values[pair.Key][name], StringComparer.Ordinal))).ToList();
        _new.Clear();
        return records;
    }

    private HashSet<string> NewOf(ReplicaId replica)
    {
        if (!_new.TryGetValue(replica, out var names))
            _new[replica] = names = new HashSet<string>(StringComparer.Ordinal);
        return names;
    }
}
