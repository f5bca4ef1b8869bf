namespace Serve.Batching;

/// <summary>
/// Collects items for one batched method of one object. Greedy: a batch starts as soon as one may run, with what has queued up; with a
/// wait it lets an incomplete batch fill up for that long. Order is kept, and an item whose caller has gone never reaches the method.
/// </summary>
internal sealed class BatchQueue<TItem, TResult>
{
    /// <summary>A day: more can only be a mistake, and timers have a limit.</summary>
    private const double LongestWait = 86_400;

    private readonly Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> _method;
    private readonly int _maxSize;
    private readonly int _maxConcurrent;
    private readonly TimeSpan _wait;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _waiting = [];
    private TaskCompletionSource? _full;
    private int _running;

    public BatchQueue(Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> method, BatchAttribute options, TimeProvider timeProvider)
    {
        var name = $"[Batch] on {method.Method.DeclaringType?.Name}.{method.Method.Name}";
        _method = method;
        _maxSize = options.MaxBatchSize > 0 ? options.MaxBatchSize : throw new InvalidOperationException($"{name}: MaxBatchSize is {options.MaxBatchSize}; it must be at least 1.");
        _maxConcurrent = options.MaxConcurrentBatches > 0 ? options.MaxConcurrentBatches : throw new InvalidOperationException($"{name}: MaxConcurrentBatches is {options.MaxConcurrentBatches}; it must be at least 1.");
        _wait = options.BatchWaitTimeoutSeconds is >= 0 and <= LongestWait
            ? TimeSpan.FromSeconds(options.BatchWaitTimeoutSeconds)
            : throw new InvalidOperationException($"{name}: BatchWaitTimeoutSeconds is {options.BatchWaitTimeoutSeconds}; it must be from 0 to {LongestWait}.");
        _timeProvider = timeProvider;
    }

    public async Task<TResult> RunAsync(TItem item, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entry = new Entry(this, item, _timeProvider.GetTimestamp(), cancellationToken);
        lock (_lock)
        {
            entry.Node = _waiting.AddLast(entry);
            if (_waiting.Count >= _maxSize)
            {
                _full?.TrySetResult();
                _full = null;
            }

            if (_running < _maxConcurrent)
            {
                _running++;
                _ = StartRunner();
            }
        }

        await using var registration = cancellationToken.UnsafeRegister(static (state, _) => ((Entry)state!).Cancel(), entry);
        return await entry.Result.Task;
    }

    /// <summary>A batch belongs to no single request: it must not run in the context of the one that happened to start it.</summary>
    private Task StartRunner()
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(RunBatchesAsync);
    }

    private async Task RunBatchesAsync()
    {
        while (await NextBatchAsync() is { Count: > 0 } batch)
            await RunBatchAsync(batch);
    }

    /// <summary>Waits until a batch is full or its first item has waited long enough. An empty batch is the end of this runner.</summary>
    private async Task<List<Entry>> NextBatchAsync()
    {
        while (true)
        {
            TimeSpan left;
            Task full;
            lock (_lock)
            {
                left = _waiting.First is { } first ? _wait - _timeProvider.GetElapsedTime(first.Value.Since) : TimeSpan.Zero;
                if (left <= TimeSpan.Zero || _waiting.Count >= _maxSize)
                {
                    var batch = Take();
                    if (batch.Count == 0)
                        _running--;
                    return batch;
                }

                _full ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                full = _full.Task;
            }

            using var timer = new CancellationTokenSource();
            await Task.WhenAny(full, Task.Delay(left, _timeProvider, timer.Token));
            await timer.CancelAsync();
        }
    }

    private List<Entry> Take()
    {
        var batch = new List<Entry>(Math.Min(_waiting.Count, _maxSize));
        while (batch.Count < _maxSize && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            if (!first.Value.CancellationToken.IsCancellationRequested)
                batch.Add(first.Value);
        }

        return batch;
    }

    private async Task RunBatchAsync(List<Entry> batch)
    {
        using var cancellation = new BatchCancellation(batch.Select(entry => entry.CancellationToken));
        try
        {
            var results = await _method([.. batch.Select(entry => entry.Item)], cancellation.Token);
            if (results.Count != batch.Count)
                throw new InvalidOperationException($"{_method.Method.DeclaringType?.Name}.{_method.Method.Name} got {batch.Count} items and returned {results.Count} results; it must return one for each, in order.");
            for (var i = 0; i < batch.Count; i++)
                batch[i].Result.TrySetResult(results[i]);
        }
        catch (Exception exception)
        {
            foreach (var entry in batch)
                entry.Result.TrySetException(exception);
        }
    }

    private sealed class Entry(BatchQueue<TItem, TResult> queue, TItem item, long since, CancellationToken cancellationToken)
    {
        public TItem Item { get; } = item;

        /// <summary>When it came, on the clock's own scale.</summary>
        public long Since { get; } = since;

        public CancellationToken CancellationToken { get; } = cancellationToken;

        public TaskCompletionSource<TResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Entry>? Node { get; set; }

        /// <summary>Leaves the queue at once, so that nobody takes the queue for full of those who have gone.</summary>
        public void Cancel()
        {
            lock (queue._lock)
            {
                if (Node?.List is not null)
                    queue._waiting.Remove(Node);
            }

            Result.TrySetCanceled(CancellationToken);
        }
    }
}
