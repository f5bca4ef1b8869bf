namespace Serve.Autoscaling;

/// <summary>The place of the policy that decides for one deployment, or for all: its object, and who is in.</summary>
internal sealed class Seat : IAsyncDisposable
{
    private (string Name, string? Arguments)? _made;
    private object? _policy;
    private int _isTaken;

    /// <returns>Whether nobody was in.</returns>
    public bool TryEnter() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void Leave() => Volatile.Write(ref _isTaken, 0);

    /// <summary>The policy's object: made anew where another policy, or another argument, is asked for. Only for who is in.</summary>
    public async ValueTask<object> TakeAsync(string name, string? arguments, Func<object> create)
    {
        if (_policy is { } known && _made == (name, arguments))
            return known;
        await EndAsync();
        _policy = create();
        _made = (name, arguments);
        return _policy;
    }

    /// <summary>A policy that still decides when its replica ends is left alone.</summary>
    public ValueTask DisposeAsync() => TryEnter() ? EndAsync() : ValueTask.CompletedTask;

    private async ValueTask EndAsync()
    {
        var old = _policy;
        (_policy, _made) = (null, null);
        if (old is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else if (old is IDisposable disposable)
            disposable.Dispose();
    }
}
