namespace Serve.Routing;

/// <summary>
/// A replica's own door: never more than <see cref="Limit"/> requests are inside, whoever sends them. It can be held shut while the
/// replica is reconfigured, and closed for good when the replica drains. Who is refused because it is full is told once when there is
/// room again: the refusal and the interest are one step, so that no word is lost between them.
/// </summary>
internal sealed class AdmissionGate
{
    private readonly Lock _lock = new();
    private HashSet<IRoomListener> _interested = [];
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
            HashSet<IRoomListener>? toTell;
            lock (_lock)
            {
                _limit = value;
                toTell = TakeInterested();
            }

            Tell(toTell);
        }
    }

    /// <summary>How many requests are inside.</summary>
    public int Ongoing => Volatile.Read(ref _ongoing);

    /// <summary>Enters if there is room at once. A request that entered must <see cref="Exit"/>.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_closed || _held > 0 || _ongoing >= _limit)
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

    /// <summary>Enters if there is room at once. A request that entered must <see cref="Exit"/>.</summary>
    /// <param name="listener">Whom to tell when there is room, where there is none now.</param>
    public Admission TryEnter(IRoomListener listener)
    {
        lock (_lock)
        {
            if (_closed)
                return Admission.Closed;
            if (_held == 0 && _ongoing < _limit)
            {
                _ongoing++;
                return Admission.Entered;
            }

            _interested.Add(listener);
            return Admission.Full;
        }
    }

    public void Exit()
    {
        HashSet<IRoomListener>? toTell;
        lock (_lock)
        {
            _ongoing--;
            toTell = TakeInterested();
            if (_ongoing == 0)
                _idle?.TrySetResult();
        }

        Tell(toTell);
    }

    /// <summary>Runs an action while no request is inside; requests that come meanwhile are refused.</summary>
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
            HashSet<IRoomListener>? toTell;
            lock (_lock)
            {
                _held--;
                toTell = TakeInterested();
            }

            Tell(toTell);
        }
    }

    /// <summary>Lets nobody in any more. Completes when the last one has left.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            _interested.Clear();
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

    /// <returns>Whom to tell, outside the lock, that there is room.</returns>
    private HashSet<IRoomListener>? TakeInterested()
    {
        if (_closed || _held > 0 || _ongoing >= _limit || _interested.Count == 0)
            return null;
        var interested = _interested;
        _interested = [];
        return interested;
    }

    private static void Tell(HashSet<IRoomListener>? listeners)
    {
        if (listeners is null)
            return;
        foreach (var listener in listeners)
            listener.OnRoom();
    }
}
