namespace Serve.Handles;

/// <summary>The items of a call that is made later.</summary>
internal sealed class ChainedStream<T>(Task<IAsyncEnumerable<T>> starting) : IAsyncEnumerable<T>
{
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var items = await starting.WaitAsync(cancellationToken);
        await foreach (var item in items.WithCancellation(cancellationToken))
            yield return item;
    }
}
