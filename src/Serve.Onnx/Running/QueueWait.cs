namespace Serve.Onnx.Running;

/// <summary>Takes an item out of the line when it has waited for too long; one that has begun to run is left alone.</summary>
internal sealed class QueueWait : IDisposable
{
    private readonly CancellationTokenSource? _source;
    private readonly ITimer? _timer;
    private readonly CancellationToken _callerToken;

    public QueueWait(TimeProvider timeProvider, TimeSpan timeout, ModelItem item, CancellationToken cancellationToken)
    {
        _callerToken = cancellationToken;
        if (timeout == TimeSpan.Zero)
            return;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = timeProvider.CreateTimer(_ => EndIfWaiting(item), null, timeout, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source?.Token ?? _callerToken;

    public bool WasTooLong { get; private set; }

    public void Dispose()
    {
        _timer?.Dispose();
        _source?.Dispose();
    }

    private void EndIfWaiting(ModelItem item)
    {
        if (!item.TryGiveUp())
            return;
        WasTooLong = true;
        try
        {
            _source!.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended in this moment.
        }
    }
}
