using System.Runtime.CompilerServices;

namespace Serve.Batching;

/// <summary>One caller's way through a queue: in, and out again when it has what it wants or leaves.</summary>
internal static class BatchCalls
{
    public static async Task<TResult> RunAsync<TItem, TResult>(BatchQueue<TItem> queue, TItem value, CancellationToken cancellationToken)
    {
        var item = new UnaryItem<TItem, TResult>(queue, value, cancellationToken);
        queue.Add(item);
        using (new BatchLeave<TItem>(item))
            return await item.Result;
    }

    public static async IAsyncEnumerable<TResult> StreamAsync<TItem, TResult>(
        BatchQueue<TItem> queue, TItem value, CancellationToken callToken, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var both = cancellationToken == callToken || !cancellationToken.CanBeCanceled ? null : CancellationTokenSource.CreateLinkedTokenSource(callToken, cancellationToken);
        var item = new StreamItem<TItem, TResult>(queue, value, both?.Token ?? callToken);
        queue.Add(item);
        try
        {
            using (new BatchLeave<TItem>(item))
            {
                await foreach (var result in item.Results.ReadAllAsync(CancellationToken.None))
                    yield return result;
            }
        }
        finally
        {
            // A batch that waits for this caller to read must not wait any longer.
            item.Complete();
            queue.Leave(item);
        }
    }
}
