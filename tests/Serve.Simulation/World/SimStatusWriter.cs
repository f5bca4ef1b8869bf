using Serve.Server.Store;

namespace Serve.Simulation.World;

/// <summary>Writes a node's statuses, the last of each key, again and again until they are written; as the server's StatusWriter does.</summary>
internal sealed class SimStatusWriter(SimCluster cluster, StoreNetwork store, Func<LeaseId> lease)
{
    private readonly SortedDictionary<string, byte[]> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _said = new(StringComparer.Ordinal);
    private bool _isWriting;

    public void Write(string key, byte[] value)
    {
        _waiting[key] = _said[key] = value;
        Flush();
    }

    public void OnStored(string key, byte[]? value)
    {
        if (_waiting.ContainsKey(key) || !_said.TryGetValue(key, out var said))
            return;
        if (value is null)
        {
            _said.Remove(key);
        }
        else if (!said.AsSpan().SequenceEqual(value))
        {
            _waiting[key] = said;
            Flush();
        }
    }

    private void Flush()
    {
        if (_isWriting)
            return;
        _isWriting = true;
        _ = cluster.WatchOver(FlushAsync);
    }

    private async Task FlushAsync()
    {
        // What is said at the same moment is written at once.
        await cluster.Wait(TimeSpan.Zero);
        while (_waiting.Count > 0)
        {
            var values = _waiting.ToList();
            _waiting.Clear();
            try
            {
                await store.TxnAsync(new StoreTxn([], [.. values.Select(pair => new StoreChange(pair.Key, pair.Value, lease()))]), default);
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
            {
                foreach (var (key, value) in values)
                    _waiting.TryAdd(key, value);
                await cluster.Wait(TimeSpan.FromSeconds(1));
            }
        }

        _isWriting = false;
    }
}
