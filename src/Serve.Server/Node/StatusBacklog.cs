namespace Serve.Server.Node;

/// <summary>
/// What a node has to say of itself and has not written yet: of several values for a key only the last. One that was given up may still
/// arrive behind the next one, so it is told what the store holds, and has that said again which is not so. Not thread-safe.
/// </summary>
internal sealed class StatusBacklog
{
    private readonly SortedDictionary<string, byte[]> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _said = new(StringComparer.Ordinal);

    public void Say(string key, byte[] value) => _waiting[key] = _said[key] = value;

    /// <summary>The store holds this now, or nothing any more: then there is nothing more to say of the key.</summary>
    /// <returns>Whether it must be said again.</returns>
    public bool OnStored(string key, byte[]? value)
    {
        if (_waiting.ContainsKey(key) || !_said.TryGetValue(key, out var said))
            return false;
        if (value is null)
        {
            _said.Remove(key);
            return false;
        }

        if (said.AsSpan().SequenceEqual(value))
            return false;
        _waiting[key] = said;
        return true;
    }

    /// <summary>The next values to write; none where all is said.</summary>
    public Dictionary<string, byte[]> Take(int most)
    {
        var values = _waiting.Take(most).ToDictionary(StringComparer.Ordinal);
        foreach (var key in values.Keys)
            _waiting.Remove(key);
        return values;
    }

    /// <summary>Values could not be written, or nobody knows whether they were: a value is the same the second time.</summary>
    public void PutBack(Dictionary<string, byte[]> values)
    {
        foreach (var (key, value) in values)
            _waiting.TryAdd(key, value);
    }
}
