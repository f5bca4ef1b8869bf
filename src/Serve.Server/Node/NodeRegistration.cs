using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>The key by which the cluster knows a node.</summary>
internal static class NodeRegistration
{
    /// <summary>
    /// Makes the key anew, so that its revision of creation is another one than any predecessor has seen: what of a predecessor's writes is still under
    /// way when its successor has registered finds its condition not met and changes nothing.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="info">The node.</param>
    /// <param name="lease">By which the key lives.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteAsync(IClusterStore store, NodeInfo info, LeaseId lease, CancellationToken cancellationToken)
    {
        var key = ClusterKeys.Info(info.Node);
        var value = StoreJson.Write(info);
        while (true)
        {
            if (await FindAsync(store, info.Node, cancellationToken) is { } before)
                await store.TxnAsync(new StoreTxn([new StoreCondition(key, before.CreateRevision)], [new StoreChange(key, Value: null)]), cancellationToken);
            if ((await store.TxnAsync(new StoreTxn([new StoreCondition(key, CreateRevision: 0)], [new StoreChange(key, value, lease)]), cancellationToken)).Succeeded)
                return;
        }
    }

    /// <summary>What the cluster knows of the node of this name.</summary>
    public static async Task<StoreEntry?> FindAsync(IClusterStore store, string name, CancellationToken cancellationToken)
    {
        var key = ClusterKeys.Info(name);
        return (await store.RangeAsync(key, cancellationToken)).Entries.FirstOrDefault(entry => entry.Key == key);
    }
}
