namespace Serve.Batching;

/// <summary>Cancels a batch when every one of its callers has gone.</summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private int _present;

    public BatchCancellation(IEnumerable<CancellationToken> callers)
    {
        var tokens = callers.ToList();
        _present = tokens.Count;
        // One caller that can't go is enough to keep the batch.
        if (tokens.TrueForAll(token => token.CanBeCanceled))
            _registrations.AddRange(tokens.Select(token => token.UnsafeRegister(static state => ((BatchCancellation)state!).OnGone(), this)));
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        // A source that was cancelled may still be telling others; it holds nothing else that would have to be freed.
        if (!_source.IsCancellationRequested)
            _source.Dispose();
    }

    private void OnGone()
    {
        // Not Cancel: what the user's method does then, up to the next batches, would run inside the cancellation of one single request.
        if (Interlocked.Decrement(ref _present) == 0)
            _ = _source.CancelAsync();
    }
}
