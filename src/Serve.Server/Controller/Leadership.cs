using System.Globalization;
using System.Text;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>Takes the lead on a store that only this process has open.</summary>
internal static class Leadership
{
    /// <returns>The epoch, and the condition that every write of its leader carries.</returns>
    /// <exception cref="InvalidOperationException">Another controller leads.</exception>
    public static async Task<(long Epoch, StoreCondition Condition)> TakeAsync(IClusterStore store, CancellationToken cancellationToken)
    {
        var before = await store.RangeAsync(ClusterKeys.Epoch, cancellationToken);
        var epoch = before.Entries is [var entry, ..] ? long.Parse(Encoding.UTF8.GetString(entry.Value), CultureInfo.InvariantCulture) + 1 : 1;
        var value = Encoding.UTF8.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));
        var result = await store.TxnAsync(
            new StoreTxn(
                [new StoreCondition(ClusterKeys.Leader, CreateRevision: 0)],
                [new StoreChange(ClusterKeys.Leader, value, IsVolatile: true), new StoreChange(ClusterKeys.Epoch, value)]),
            cancellationToken);
        return result.Succeeded
            ? (epoch, new StoreCondition(ClusterKeys.Leader, result.Revision))
            : throw new InvalidOperationException("Another controller leads this cluster.");
    }
}
