using System.Threading.Channels;
using Serve.Batching;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>A batched method whose batches a test sees start and lets finish, with its queue and a clock by hand.</summary>
internal sealed class BatchedMethod
{
    private readonly Channel<StartedBatch> _started = Channel.CreateUnbounded<StartedBatch>();

    public BatchedMethod(BatchAttribute options)
    {
        Queue = TestQueue.Create<int, int>(RunAsync, options, Clock);
    }

    public ManualTimeProvider Clock { get; } = new();

    public BatchQueue<int> Queue { get; }

    public Task<int> EnqueueAsync(int item, CancellationToken cancellationToken = default) => BatchCalls.RunAsync<int, int>(Queue, item, cancellationToken);

    public List<Task<int>> EnqueueAll(params IEnumerable<int> items) => [.. items.Select(item => EnqueueAsync(item))];

    /// <summary>Waits for the next batch to start.</summary>
    public Task<StartedBatch> NextAsync() => _started.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

    /// <summary>Starts one batch with all these items: they queue up behind one that runs.</summary>
    public async Task<(List<Task<int>> Callers, StartedBatch Batch)> StartAsync(params int[] items)
    {
        var blocking = EnqueueAsync(0);
        var running = await NextAsync();
        var callers = EnqueueAll(items);
        running.Finish();
        await blocking;
        return (callers, await NextAsync());
    }

    /// <summary>Batches that started and that nobody asked for yet.</summary>
    public int Unseen => _started.Reader.Count;

    /// <summary>Until the queue waits for so many timers.</summary>
    public Task TimersAsync(int count) => Eventually.TrueAsync(() => Clock.PendingTimers == count);

    private Task<IReadOnlyList<int>> RunAsync(IReadOnlyList<int> items, CancellationToken cancellationToken)
    {
        var batch = new StartedBatch(items, cancellationToken);
        _started.Writer.TryWrite(batch);
        return batch.Result.Task;
    }
}

/// <summary>A batch that runs. The result of an item is its tenfold.</summary>
internal sealed record StartedBatch(IReadOnlyList<int> Items, CancellationToken Token)
{
    public TaskCompletionSource<IReadOnlyList<int>> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Finish() => Result.SetResult([.. Items.Select(item => 10 * item)]);
}
