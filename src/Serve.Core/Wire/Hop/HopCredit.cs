namespace Serve.Wire.Hop;

/// <summary>How many bytes one stream may still send, and the one writer that waits for more.</summary>
internal sealed class HopCredit
{
    private readonly Lock _lock = new();
    private readonly HopSignal<bool> _signal = new();
    private int _left = HopLimits.StreamWindow;
    private bool _isSignaled;

    /// <summary>Takes up to so many bytes.</summary>
    public int Take(int count)
    {
        lock (_lock)
        {
            var taken = Math.Min(count, _left);
            _left -= taken;
            return taken;
        }
    }

    public void PutBack(int count)
    {
        lock (_lock)
            _left += count;
    }

    /// <returns>False where the peer opens more than there ever was.</returns>
    public bool TryAdd(int count)
    {
        lock (_lock)
        {
            _left += count;
            return _left <= HopLimits.StreamWindow;
        }
    }

    /// <summary>Wakes the writer: there may be room, here or on the connection, or the stream is over.</summary>
    public void Signal()
    {
        lock (_lock)
        {
            if (!_signal.TryTake())
            {
                _isSignaled = true;
                return;
            }
        }

        _signal.SetResult(true);
    }

    /// <summary>Waits for <see cref="Signal"/>, unless there was one since the last wait.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_isSignaled)
                return _signal.WaitAsync(cancellationToken);
            _isSignaled = false;
            return ValueTask.FromResult(true);
        }
    }
}
