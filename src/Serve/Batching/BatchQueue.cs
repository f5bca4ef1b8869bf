using Serve.Replica;

namespace Serve.Batching;

/// <summary>
/// Collects items for one batched method of one object. Greedy: a batch starts as soon as one may run, with what has queued up; with a
/// wait it lets an incomplete batch fill up for that long. Order is kept, and an item whose caller has gone never reaches the method.
/// Not bounded itself: the requests that wait in it are, by the replica's admission.
/// </summary>
internal sealed class BatchQueue<TItem> : IBatchQueue, IThreadPoolWorkItem
{
    /// <summary>Enough for everything that is counted in earnest, and far from where a sum would overflow.</summary>
    private const long HighestCost = long.MaxValue >> 24;

    private readonly BatchSettings _settings;
    private readonly BatchRunner<TItem> _runner;
    private readonly Func<TItem, long>? _costOf;
    private readonly Func<TItem, object?>? _keyOf;
    private readonly Func<TItem, BatchPriority>? _priorityOf;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly BatchLine<TItem> _line = new();
    private readonly ITimer _timer;
    private long? _timerDue;
    private long _lastNumber;
    private int _running;
    private bool _isStarting;

    public BatchQueue(object target, BatchSettings settings, BatchMethod<TItem> method, ReplicaScope scope)
    {
        _settings = settings;
        _timeProvider = scope.TimeProvider;
        _costOf = settings.Declaration.CostOf is { } costOf ? BatchFunctions.ToCost<TItem>(costOf, target) : null;
        _keyOf = settings.Declaration.KeyOf is { } keyOf ? BatchFunctions.ToKey<TItem>(keyOf, target) : null;
        _priorityOf = settings.Declaration.PriorityOf is { } priorityOf ? BatchFunctions.ToPriority<TItem>(priorityOf, target) : null;
        _runner = new BatchRunner<TItem>(method, settings, scope);
        // A timer would keep the context of the request that happened to be the first one.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            _timer = _timeProvider.CreateTimer(static state => ((BatchQueue<TItem>)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        settings.Queue = this;
        _runner.Meters.Show(this);
    }

    public int Waiting
    {
        get
        {
            lock (_lock)
                return _line.Count;
        }
    }

    public IReadOnlyDictionary<string, long> Started => _runner.Meters.Reasons;

    public int Running => Volatile.Read(ref _running);

    /// <summary>Puts an item in the line.</summary>
    /// <exception cref="InvalidOperationException">What the class says about the item makes no sense. What its methods throw comes through as well.</exception>
    public void Add(BatchItem<TItem> item)
    {
        item.CancellationToken.ThrowIfCancellationRequested();
        item.Caller?.Aborted.ThrowIfCancellationRequested();
        item.Cost = CostOf(item.Value);
        item.Priority = PriorityOf(item.Value);
        var key = new BatchKey(_keyOf?.Invoke(item.Value), _settings.Declaration.IsKeyedByModel ? item.Caller?.ModelId : null);
        item.Since = _timeProvider.GetTimestamp();
        lock (_lock)
        {
            item.Number = ++_lastNumber;
            _line.Add(item, key);
            Dispatch();
        }
    }

    /// <summary>The item's caller wants nothing more. It leaves the line at once, so that nobody takes a batch for full of those who have gone.</summary>
    public void Leave(BatchItem<TItem> item)
    {
        item.GetOut();
        lock (_lock)
            _line.Remove(item);
    }

    public void Refresh()
    {
        lock (_lock)
            Dispatch();
    }

    /// <summary>Runs batches on the thread pool until there is none to run. A batch belongs to no single request, so no context flows here.</summary>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        var isFirst = true;
        while (Next(isFirst, out var reason) is { } batch)
        {
            isFirst = false;
            if (batch.Count > 0)
                await _runner.RunAsync(batch, reason);
        }
    }

    private List<BatchItem<TItem>>? Next(bool isFirst, out BatchReason reason)
    {
        lock (_lock)
        {
            if (isFirst)
                _isStarting = false;
            var options = _settings.Options;
            reason = BatchReason.None;
            if (_running <= options.MaxConcurrentBatches && FindNext(options, out reason) is { } bucket)
            {
                var batch = _line.Take(bucket, Urgency(_timeProvider.GetTimestamp()), options);
                Dispatch();
                return batch;
            }

            _running--;
            return null;
        }
    }

    /// <summary>Starts one more runner where a batch may start and a place is free; that one looks for others. Until then items still join the batch.</summary>
    private void Dispatch()
    {
        var options = _settings.Options;
        if (_isStarting || _running >= options.MaxConcurrentBatches || FindNext(options, out _) is null)
            return;
        _running++;
        _isStarting = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private BatchBucket<TItem>? FindNext(BatchOptions options, out BatchReason reason)
    {
        var now = _timeProvider.GetTimestamp();
        var wait = (long)(options.BatchWaitTimeout.TotalSeconds * _timeProvider.TimestampFrequency);
        (var bucket, reason) = _line.Next(now, Urgency(now), options, wait, out var due);
        SetTimer(bucket is null ? due : null, now);
        return bucket;
    }

    /// <summary>Wakes the queue when the next batch has waited long enough. Where one may start already, its end wakes it, or its start does.</summary>
    private void SetTimer(long? due, long now)
    {
        if (due == _timerDue)
            return;
        _timerDue = due;
        // Rounded up, since a timer knows milliseconds only and one that is early would fire again and again.
        var left = due is { } end ? TimeSpan.FromMilliseconds(Math.Ceiling(_timeProvider.GetElapsedTime(now, end).TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
        _timer.Change(left, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerDue = null;
            Dispatch();
        }
    }

    private BatchUrgency Urgency(long now) => new(now, _timeProvider.TimestampFrequency);

    private BatchPriority PriorityOf(TItem item)
    {
        if (_priorityOf is null)
            return default;
        var priority = _priorityOf(item);
        if (priority.Level is < 0 or > BatchPriority.Lowest)
            throw _settings.Declaration.Wrong($"{nameof(BatchAttribute.PriorityOf)} returned level {priority.Level} for an item; it must be from 0 to {BatchPriority.Lowest}");
        return priority.LateAfter >= TimeSpan.Zero
            ? priority
            : throw _settings.Declaration.Wrong($"{nameof(BatchAttribute.PriorityOf)} returned a {nameof(BatchPriority.LateAfter)} of {priority.LateAfter} for an item; it must be at least zero");
    }

    private long CostOf(TItem item)
    {
        if (_costOf is null)
            return 0;
        var cost = _costOf(item);
        return cost >= 0
            ? Math.Min(cost, HighestCost)
            : throw _settings.Declaration.Wrong($"{nameof(BatchAttribute.CostOf)} returned {cost} for an item; a cost must be at least 0");
    }
}
