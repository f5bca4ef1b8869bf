using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>Batches that wait for more items, by a clock that only the test moves.</summary>
public sealed class BatchWaitTests
{
    private readonly BatchedMethod _method = new(new BatchAttribute { MaxBatchSize = 3, BatchWaitTimeoutSeconds = 1 });

    [Fact]
    public async Task Run_IncompleteBatch_WaitsForMoreUntilItsTimeIsUp()
    {
        var first = _method.EnqueueAsync(1);
        await _method.TimersAsync(1);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.9));
        var second = _method.EnqueueAsync(2);
        _method.Unseen.ShouldBe(0);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.1));
        var batch = await _method.NextAsync();
        batch.Items.ShouldBe([1, 2]);
        batch.Finish();
        (await Task.WhenAll(first, second).WaitAsync(Eventually.Patience)).ShouldBe([10, 20]);
    }

    [Fact]
    public async Task Run_FullBatch_DoesNotWait()
    {
        _method.EnqueueAll(1);
        await _method.TimersAsync(1);
        _method.EnqueueAll(2, 3);
        (await _method.NextAsync()).Items.ShouldBe([1, 2, 3]);
        await _method.TimersAsync(0);
    }

    [Fact]
    public async Task Run_BatchesOfOne_NeverWait()
    {
        var method = new BatchedMethod(new BatchAttribute { MaxBatchSize = 1, BatchWaitTimeoutSeconds = 100 });
        foreach (var item in new[] { 1, 2 })
        {
            var result = method.EnqueueAsync(item);
            (await method.NextAsync()).Finish();
            (await result.WaitAsync(Eventually.Patience)).ShouldBe(10 * item);
        }

        method.Clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Run_ItemThatWaitedLongEnoughForTheBatchBefore_StartsWhenThatEnds()
    {
        _method.EnqueueAll(1, 2, 3);
        var running = await _method.NextAsync();
        _method.EnqueueAll(4);
        _method.Clock.Advance(TimeSpan.FromSeconds(1));
        running.Finish();
        (await _method.NextAsync()).Items.ShouldBe([4]);
    }

    [Fact]
    public async Task Run_ItemThatWaitedAWhileForTheBatchBefore_WaitsTheRestOnly()
    {
        _method.EnqueueAll(1, 2, 3);
        var running = await _method.NextAsync();
        _method.EnqueueAll(4);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.7));
        running.Finish();
        await _method.TimersAsync(1);
        _method.Unseen.ShouldBe(0);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.3));
        (await _method.NextAsync()).Items.ShouldBe([4]);
    }

    [Fact]
    public async Task Run_SeveralBatchesMayRun_EachFullOneStartsWithoutTheClock()
    {
        var method = new BatchedMethod(new BatchAttribute { MaxBatchSize = 3, MaxConcurrentBatches = 3, BatchWaitTimeoutSeconds = 1 });
        method.EnqueueAll(1, 2);
        await method.TimersAsync(1);
        method.EnqueueAll(3);
        (await method.NextAsync()).Items.ShouldBe([1, 2, 3]);
        method.EnqueueAll(4, 5, 6);
        (await method.NextAsync()).Items.ShouldBe([4, 5, 6]);
        method.EnqueueAll(7, 8, 9);
        (await method.NextAsync()).Items.ShouldBe([7, 8, 9]);
    }

    [Fact]
    public async Task Run_FirstItemGone_TheWaitCountsFromTheNext()
    {
        using var cancellation = new CancellationTokenSource();
        var gone = _method.EnqueueAsync(1, cancellation.Token);
        await _method.TimersAsync(1);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.5));
        _method.EnqueueAll(2);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await _method.TimersAsync(1);
        _method.Unseen.ShouldBe(0);
        _method.Clock.Advance(TimeSpan.FromSeconds(0.5));
        (await _method.NextAsync()).Items.ShouldBe([2]);
    }

    [Fact]
    public async Task Run_AllItemsGone_NoBatchRunsAndTheNextItemsWork()
    {
        using var cancellation = new CancellationTokenSource();
        var gone = _method.EnqueueAsync(1, cancellation.Token);
        await _method.TimersAsync(1);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        _method.Clock.Advance(TimeSpan.FromSeconds(1));
        await _method.TimersAsync(0);
        _method.EnqueueAll(2, 3, 4);
        (await _method.NextAsync()).Items.ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Run_PreferredSizeFilled_DoesNotWaitAndTakesTheLargest()
    {
        var doubler = new PreferringDoubler();
        Batcher.Configure(doubler.DoubleManyAsync, options => options with { PreferredSizes = [2, 4] });
        var first = new[] { doubler.DoubleAsync(1), doubler.DoubleAsync(2) };
        await Task.WhenAll(first).WaitAsync(Eventually.Patience);
        doubler.Batches.ShouldBe([2]);
        Should.Throw<InvalidOperationException>(() => Batcher.Configure(doubler.DoubleManyAsync, options => options with { PreferredSizes = [9] })).Message
            .ShouldBe("[Batch] on PreferringDoubler.DoubleManyAsync: PreferredSizes has 9; each must be from 1 to 8.");
    }

    private sealed class PreferringDoubler
    {
        public List<int> Batches { get; } = [];

        public Task<int> DoubleAsync(int number) => Batcher.RunAsync(DoubleManyAsync, number, CancellationToken.None);

        [Batch(MaxBatchSize = 8, BatchWaitTimeoutSeconds = 3600)]
        public Task<IReadOnlyList<int>> DoubleManyAsync(IReadOnlyList<int> numbers, CancellationToken cancellationToken)
        {
            Batches.Add(numbers.Count);
            return Task.FromResult<IReadOnlyList<int>>([.. numbers.Select(number => number * 2)]);
        }
    }
}
