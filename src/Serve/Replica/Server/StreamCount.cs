namespace Serve.Replica.Server;

/// <summary>How many streams are worked on, until the server stops and there are none.</summary>
internal sealed class StreamCount
{
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // One is the server itself, until it stops.
    private int _count = 1;

    public int Value => Volatile.Read(ref _count) - 1;

    public void Add() => Interlocked.Increment(ref _count);

    public void Remove()
    {
        if (Interlocked.Decrement(ref _count) == 0)
            _none.TrySetResult();
    }

    /// <summary>Completes when there are none. To be asked once, when no more are to come.</summary>
    public Task WhenNoneAsync()
    {
        Remove();
        return _none.Task;
    }
}
