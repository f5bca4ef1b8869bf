namespace Serve.Batching;

/// <summary>Counts the callers of a running batch that still want something, and cancels it when there are none.</summary>
internal sealed class BatchPresence(int count) : IDisposable
{
    /// <summary>Low enough that no number of callers brings it to zero again.</summary>
    private const int Over = int.MinValue / 2;

    private readonly CancellationTokenSource _source = new();
    private int _present = count;

    /// <summary>Marks an item that needs no batch any more.</summary>
    public static BatchPresence Out { get; } = new(0);

    public CancellationToken Token => _source.Token;

    public void Leave()
    {
        // Not Cancel: what the user's method does then, up to the next batches, would run inside the cancellation of one single request.
        if (Interlocked.Decrement(ref _present) == 0)
            _ = _source.CancelAsync();
    }

    public void Dispose()
    {
        // A source that is cancelled may still be telling others; it holds nothing else that would have to be freed.
        if (Interlocked.Exchange(ref _present, Over) > 0)
            _source.Dispose();
    }
}
