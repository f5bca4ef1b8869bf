namespace Serve.Batching;

/// <summary>A user's batched method: takes items and hands what comes out to each of them.</summary>
internal abstract class BatchMethod<TItem>(string name)
{
    /// <summary>Runs the method once. What it throws goes to those items that have no result yet.</summary>
    public abstract Task RunAsync(IReadOnlyList<BatchItem<TItem>> items, CancellationToken cancellationToken);

    /// <exception cref="InvalidOperationException">There is not one result for each item.</exception>
    protected void CheckCount(int results, int items)
    {
        if (results != items)
            throw new BatchCountException($"{name} got {items} items and returned {results} results; it must return one for each, in order.");
    }

    protected static TItem[] ValuesOf(IReadOnlyList<BatchItem<TItem>> items)
    {
        var values = new TItem[items.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = items[i].Value;
        return values;
    }
}

/// <summary>The method's own mistake, whatever the items are: to try again is in vain.</summary>
internal sealed class BatchCountException(string message) : InvalidOperationException(message);

/// <summary>A method that returns all results at once.</summary>
internal sealed class UnaryMethod<TItem, TResult, TReturned>(
    string name,
    Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TReturned>>> method,
    Func<TReturned, BatchResult<TResult>> toResult) : BatchMethod<TItem>(name)
{
    public override async Task RunAsync(IReadOnlyList<BatchItem<TItem>> items, CancellationToken cancellationToken)
    {
        var results = await method(ValuesOf(items), cancellationToken);
        CheckCount(results.Count, items.Count);
        for (var i = 0; i < items.Count; i++)
            ((UnaryItem<TItem, TResult>)items[i]).Deliver(toResult(results[i]));
    }
}

/// <summary>A method that yields its results step by step, until it ends or nobody is left who wants more.</summary>
internal sealed class StreamMethod<TItem, TResult, TReturned>(
    string name,
    Func<IReadOnlyList<TItem>, CancellationToken, IAsyncEnumerable<IReadOnlyList<TReturned>>> method,
    Func<TReturned, BatchStep<TResult>> toStep) : BatchMethod<TItem>(name)
{
    public override async Task RunAsync(IReadOnlyList<BatchItem<TItem>> items, CancellationToken cancellationToken)
    {
        await foreach (var step in method(ValuesOf(items), cancellationToken).WithCancellation(cancellationToken))
        {
            CheckCount(step.Count, items.Count);
            for (var i = 0; i < items.Count; i++)
                await ((StreamItem<TItem, TResult>)items[i]).DeliverAsync(toStep(step[i]), cancellationToken);
            if (items.All(static item => item.IsOut))
                break;
        }

        foreach (var item in items)
            item.Complete();
    }
}
