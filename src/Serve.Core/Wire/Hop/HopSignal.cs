using System.Threading.Tasks.Sources;

namespace Serve.Wire.Hop;

/// <summary>Lets one waiter at a time wait for a value without an allocation. The owner's lock guards <see cref="WaitAsync"/> and <see cref="TryTake"/>.</summary>
internal sealed class HopSignal<T> : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _isWaiting;

    public ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isWaiting) != 0)
            throw new InvalidOperationException("Somebody waits already.");
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        _source.Reset();
        Volatile.Write(ref _isWaiting, 1);
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((HopSignal<T>)state!).Cancel(token), this);
        return new ValueTask<T>(this, _source.Version);
    }

    /// <summary>Takes the right to answer the waiter.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isWaiting, 0) != 0;

    public void SetResult(T result) => _source.SetResult(result);

    public void SetException(Exception exception) => _source.SetException(exception);

    public T GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        return _source.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        if (TryTake())
            _source.SetException(new OperationCanceledException(cancellationToken));
    }
}
