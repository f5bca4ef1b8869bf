using Serve.Server.Node;
using Serve.Server.Store;

namespace Serve.Simulation.World;

/// <summary>Writes a node's statuses, the last of each key, again and again until they are written; as the server's StatusWriter does, with its backlog.</summary>
internal sealed class SimStatusWriter(SimCluster cluster, StoreNetwork store, Func<LeaseId> lease)
{
    private readonly StatusBacklog _backlog = new();
    private bool _isWriting;

    public void Write(string key, byte[] value)
    {
        _backlog.Say(key, value);
        Flush();
    }

    public void OnStored(string key, byte[]? value)
    {
        if (_backlog.OnStored(key, value))
            Flush();
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
        while (_backlog.Take(int.MaxValue) is { Count: > 0 } values)
        {
            try
            {
                await store.TxnAsync(new StoreTxn([], [.. values.Select(pair => new StoreChange(pair.Key, pair.Value, lease()))]), default);
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
            {
                _backlog.PutBack(values);
                await cluster.Wait(TimeSpan.FromSeconds(1));
            }
        }

        _isWriting = false;
    }
}
