using Serve.Replica;
using Serve.Telemetry;

namespace Serve.Batching;

/// <summary>Runs the batches of one method: each in a context of its own, cancelled when all its callers have gone.</summary>
internal sealed class BatchRunner<TItem>(BatchMethod<TItem> method, BatchSettings settings, ReplicaScope scope)
{
    public BatchMeters Meters { get; } = new(settings, scope);

    /// <summary>Runs a batch. Never throws: its items get what goes wrong.</summary>
    public async Task RunAsync(IReadOnlyList<BatchItem<TItem>> items, BatchReason reason)
    {
        if (await TryAsync(items, reason) is not { } failure)
            return;
        var mayRetry = settings.Declaration.RetryItemsAlone && items.Count > 1 && failure is not BatchCountException;
        foreach (var item in items)
        {
            if (!mayRetry || !item.IsUntouched)
                item.Fail(failure);
            else if (!item.IsUnwanted && await TryAsync([item], BatchReason.Retry) is { } own)
                item.Fail(own);
        }
    }

    private async Task<Exception?> TryAsync(IReadOnlyList<BatchItem<TItem>> items, BatchReason reason)
    {
        using var presence = new BatchPresence(items.Count);
        foreach (var item in items)
            item.Join(presence);
        using var span = BatchTracing.Start(settings.Declaration.Name, items, reason);
        var begin = scope.TimeProvider.GetTimestamp();
        Meters.Started(items, reason, begin);
        RequestContext.Current = BatchContext.Of(items, presence.Token);
        try
        {
            await method.RunAsync(items, presence.Token);
            return null;
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            return exception;
        }
        finally
        {
            Meters.Finished(begin);
        }
    }
}
