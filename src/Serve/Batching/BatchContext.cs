using Serve.Replica;

namespace Serve.Batching;

/// <summary>What a batch works for: all of its items' requests, and no single one of them.</summary>
internal static class BatchContext
{
    public static RequestContext Of<TItem>(IReadOnlyList<BatchItem<TItem>> items, CancellationToken allGone)
    {
        // One alone is its own request as far as logs and calls go. Several together would lead astray under the name of one.
        var id = items is [{ Caller: { } only }] ? only.RequestId : Guid.NewGuid().ToString();
        return new RequestContext(id, LatestDeadline(items), allGone)
        {
            ModelId = CommonModel(items),
            Priority = items.Min(static item => item.Caller?.Priority),
            Callers = new BatchCallers<TItem>(items),
        };
    }

    /// <summary>As long as the most patient item may wait the batch is worth something.</summary>
    private static long? LatestDeadline<TItem>(IReadOnlyList<BatchItem<TItem>> items)
    {
        var latest = long.MinValue;
        foreach (var item in items)
        {
            if (item.Caller?.Deadline is not { } deadline)
                return null;
            latest = Math.Max(latest, deadline);
        }

        return latest;
    }

    private static string? CommonModel<TItem>(IReadOnlyList<BatchItem<TItem>> items)
    {
        var model = items[0].Caller?.ModelId;
        return items.All(item => item.Caller?.ModelId == model) ? model : null;
    }

    private sealed class BatchCallers<TAny>(IReadOnlyList<BatchItem<TAny>> items) : IBatchCallers
    {
        public int Count => items.Count;

        public bool HasLeft(int index) => items[index].IsOut;
    }
}
