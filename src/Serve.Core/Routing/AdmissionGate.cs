namespace Serve.Routing;

/// <summary>
/// A replica's own door: never more than <see cref="Limit"/> requests are inside, whoever sends them. It can be held shut while the
/// replica is reconfigured, and closed for good when the replica drains.
/// </summary>
internal sealed class AdmissionGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _queue = [];
    private TaskCompletionSource? _idle;
    private int _limit;
    private int _ongoing;
    private int _held;
    private bool _closed;

    public AdmissionGate(int limit)
    {
        _limit = limit;
    }

    /// <summary>How many requests may be inside.</summary>
    public int Limit
    {
        get => _limit;
        set
        {
            lock (_lock)
            {
                _limit = value;
                AdmitWaiters();
            }
        }
    }

    /// <summary>How many requests are inside.</summary>
    public int Ongoing => Volatile.Read(ref _ongoing);

    /// <summary>How many requests wait at the door.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _queue.Count;
        }
    }

    /// <summary>Enters if there is room at once. A request that entered must <see cref="Exit"/>.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_closed || _held > 0 || _queue.Count > 0 || _ongoing >= _limit)
                return false;
            _ongoing++;
            return true;
        }
    }

    /// <summary>Enters whether there is room or not: for what must reach every replica. Not while it is held shut or closed.</summary>
    public bool TryEnterAnyway()
    {
        lock (_lock)
        {
            if (_closed || _held > 0)
                return false;
            _ongoing++;
            return true;
        }
    }

    /// <summary>Enters, waiting in line for room.</summary>
    /// <param name="maxQueued">How many may wait before this one; −1 is no bound.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the line is too long or the gate is closed.</returns>
    public async ValueTask<bool> EnterAsync(int maxQueued, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<bool>> node;
        lock (_lock)
        {
            if (_closed)
                return false;
            if (_held == 0 && _queue.Count == 0 && _ongoing < _limit)
            {
                _ongoing++;
                return true;
            }

            if (maxQueued >= 0 && _queue.Count >= maxQueued)
                return false;
            node = _queue.AddLast(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<bool>)state!).TrySetCanceled(token), node.Value);
        try
        {
            return await node.Value.Task;
        }
        finally
        {
            lock (_lock)
            {
                if (node.List is not null)
                    _queue.Remove(node);
            }
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _ongoing--;
            AdmitWaiters();
            if (_ongoing == 0)
                _idle?.TrySetResult();
        }
    }

    /// <summary>Runs an action while no request is inside; requests that come meanwhile wait.</summary>
    public async Task<T> RunQuiescedAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        lock (_lock)
            _held++;
        try
        {
            await WhenIdleAsync().WaitAsync(cancellationToken);
            return await action();
        }
        finally
        {
            lock (_lock)
            {
                _held--;
                AdmitWaiters();
            }
        }
    }

    /// <summary>Lets nobody in any more; whoever waits is turned away. Completes when the last one has left.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var waiter in _queue)
                waiter.TrySetResult(false);
            _queue.Clear();
        }

        return WhenIdleAsync();
    }

    private Task WhenIdleAsync()
    {
        lock (_lock)
        {
            if (_ongoing == 0)
                return Task.CompletedTask;
            if (_idle is null || _idle.Task.IsCompleted)
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private void AdmitWaiters()
    {
        while (!_closed && _held == 0 && _ongoing < _limit && _queue.First is { } head)
        {
            _queue.RemoveFirst();
            if (head.Value.TrySetResult(true))
                _ongoing++;
        }
    }
}
