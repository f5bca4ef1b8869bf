using System.Globalization;
using System.Text;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>Takes the lead, if nobody has it.</summary>
internal static class Leadership
{
    /// <summary>No leader's. Its key stays, so that whoever read that there had been no leader can't be the first after others were.</summary>
    private const long Origin = 0;

    /// <returns>The epoch, and the condition that every write of its leader carries.</returns>
    /// <exception cref="InvalidOperationException">Another controller leads.</exception>
    public static async Task<(long Epoch, StoreCondition Condition)> TakeAsync(IClusterStore store, CancellationToken cancellationToken)
    {
        var before = await store.RangeAsync(ClusterKeys.Epochs, cancellationToken);
        var epoch = before.Entries.Select(static entry => EpochOf(entry.Key)).DefaultIfEmpty(Origin).Max() + 1;
        var value = Encoding.UTF8.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));
        // Another one may have led and gone since the epochs were read. Two leaders of one epoch would give two replicas the same name,
        // so each leader takes the key of the one before it away, and writes only where that is still there.
        var isFirst = before.Entries.Count == 0;
        StoreCondition[] unchanged = isFirst
            ? [new StoreCondition(ClusterKeys.Epoch(Origin), CreateRevision: 0)]
            : [.. before.Entries.Select(static entry => new StoreCondition(entry.Key, entry.CreateRevision))];
        StoreChange[] others = isFirst
            ? [new StoreChange(ClusterKeys.Epoch(Origin), [])]
            : [.. before.Entries.Where(static entry => EpochOf(entry.Key) != Origin).Select(static entry => new StoreChange(entry.Key, Value: null))];
        var result = await store.TxnAsync(
            new StoreTxn(
                [new StoreCondition(ClusterKeys.Leader, CreateRevision: 0), .. unchanged],
                [new StoreChange(ClusterKeys.Leader, value, IsVolatile: true), new StoreChange(ClusterKeys.Epoch(epoch), value), .. others]),
            cancellationToken);
        return result.Succeeded
            ? (epoch, new StoreCondition(ClusterKeys.Leader, result.Revision))
            : throw new InvalidOperationException("Another controller leads this cluster.");
    }

    private static long EpochOf(string key) => long.Parse(key.AsSpan(ClusterKeys.Epochs.Length), CultureInfo.InvariantCulture);
}
