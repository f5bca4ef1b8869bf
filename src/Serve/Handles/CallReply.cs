namespace Serve.Handles;

/// <summary>A call that a replica has taken, with its result to come. Holds the replica's slot until it is over.</summary>
internal abstract class CallReply : IAsyncDisposable
{
    public abstract ValueTask<T> ReadValueAsync<T>(CancellationToken cancellationToken);

    /// <summary>The items, which are under way from now on.</summary>
    public abstract IAsyncEnumerator<T> ReadItems<T>(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
