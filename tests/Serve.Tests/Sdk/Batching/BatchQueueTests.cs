using Serve.Batching;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

public sealed class BatchQueueTests
{
    [Fact]
    public async Task Run_NothingRuns_StartsAtOnce()
    {
        var method = new BatchedMethod(new BatchAttribute());
        var result = method.EnqueueAsync(1);
        var batch = await method.NextAsync();
        batch.Items.ShouldBe([1]);
        result.IsCompleted.ShouldBeFalse();
        batch.Finish();
        (await Soon(result)).ShouldBe(10);
    }

    [Fact]
    public async Task Run_ItemsThatComeMeanwhile_MakeTheNextBatchInTheirOrder()
    {
        var method = new BatchedMethod(new BatchAttribute());
        var first = method.EnqueueAsync(1);
        var running = await method.NextAsync();
        var others = method.EnqueueAll(2, 3, 4);
        method.Unseen.ShouldBe(0);
        running.Finish();
        await Soon(first);

        var next = await method.NextAsync();
        next.Items.ShouldBe([2, 3, 4]);
        next.Finish();
        (await Soon(Task.WhenAll(others))).ShouldBe([20, 30, 40]);
    }

    [Fact]
    public async Task Run_MoreItemsThanFit_AreSplitAtTheMaximum()
    {
        var method = new BatchedMethod(new BatchAttribute { MaxBatchSize = 2 });
        var results = method.EnqueueAll(0);
        var batch = await method.NextAsync();
        results.AddRange(method.EnqueueAll(Enumerable.Range(1, 5)));
        foreach (var expected in new int[][] { [1, 2], [3, 4], [5] })
        {
            batch.Finish();
            batch = await method.NextAsync();
            batch.Items.ShouldBe(expected);
        }

        batch.Finish();
        (await Soon(Task.WhenAll(results))).ShouldBe([0, 10, 20, 30, 40, 50]);
    }

    [Fact]
    public async Task Run_ConcurrentBatches_UpToTheMaximum()
    {
        var method = new BatchedMethod(new BatchAttribute { MaxConcurrentBatches = 2 });
        var results = method.EnqueueAll(1);
        var first = await method.NextAsync();
        results.AddRange(method.EnqueueAll(2));
        var second = await method.NextAsync();
        results.AddRange(method.EnqueueAll(3, 4));
        method.Unseen.ShouldBe(0);

        second.Finish();
        var third = await method.NextAsync();
        third.Items.ShouldBe([3, 4]);
        third.Finish();
        first.Finish();
        (await Soon(Task.WhenAll(results))).ShouldBe([10, 20, 30, 40]);
    }

    [Fact]
    public async Task Run_MethodThrows_EachCallerGetsItAndTheNextBatchWorks()
    {
        var method = new BatchedMethod(new BatchAttribute());
        var (callers, batch) = await method.StartAsync(1, 2);
        batch.Result.SetException(new FormatException("bad batch"));
        foreach (var caller in callers)
            (await Should.ThrowAsync<FormatException>(() => Soon(caller))).Message.ShouldBe("bad batch");
        await FinishOneAsync(method);
    }

    [Fact]
    public async Task Run_MethodThrowsBeforeItsFirstAwait_TheNextBatchWorks()
    {
        var isFirst = true;
        var queue = TestQueue.Create<int, int>((items, _) => isFirst ? throw new FormatException() : Task.FromResult(items), new BatchAttribute());
        await Should.ThrowAsync<FormatException>(() => Soon(BatchCalls.RunAsync<int, int>(queue, 1, CancellationToken.None)));
        isFirst = false;
        (await Soon(BatchCalls.RunAsync<int, int>(queue, 2, CancellationToken.None))).ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Run_WrongNumberOfResults_SaysHowMany(int count)
    {
        var method = new BatchedMethod(new BatchAttribute());
        var (callers, batch) = await method.StartAsync(1, 2);
        batch.Result.SetResult(new int[count]);
        foreach (var caller in callers)
        {
            (await Should.ThrowAsync<InvalidOperationException>(() => Soon(caller))).Message.ShouldBe(
                $"BatchedMethod.RunAsync got 2 items and returned {count} results; it must return one for each, in order.");
        }

        await FinishOneAsync(method);
    }

    [Fact]
    public async Task Run_Batch_DoesNotSeeTheContextOfACaller()
    {
        var local = new AsyncLocal<string> { Value = "of the caller" };
        var queue = TestQueue.Create<int, string?>((_, _) => Task.FromResult<IReadOnlyList<string?>>([local.Value]), new BatchAttribute());
        (await Soon(BatchCalls.RunAsync<int, string?>(queue, 1, CancellationToken.None))).ShouldBeNull();
        local.Value.ShouldBe("of the caller");
    }

    [Theory]
    [InlineData(0, 1, 0, "MaxBatchSize is 0; it must be at least 1.")]
    [InlineData(1, -1, 0, "MaxConcurrentBatches is -1; it must be at least 1.")]
    [InlineData(1, 1, -0.1, "BatchWaitTimeoutSeconds is -0.1; it must be from 0 to 86400.")]
    [InlineData(1, 1, double.NaN, "BatchWaitTimeoutSeconds is NaN; it must be from 0 to 86400.")]
    [InlineData(1, 1, 1e10, "BatchWaitTimeoutSeconds is 10000000000; it must be from 0 to 86400.")]
    public void Options_OutOfRange_NameTheMethodAndTheSetting(int size, int concurrent, double wait, string message) =>
        Should.Throw<InvalidOperationException>(() => new BatchedMethod(new BatchAttribute { MaxBatchSize = size, MaxConcurrentBatches = concurrent, BatchWaitTimeoutSeconds = wait }))
            .Message.ShouldBe($"[Batch] on BatchedMethod.RunAsync: {message}");

    private static async Task FinishOneAsync(BatchedMethod method)
    {
        var result = method.EnqueueAsync(7);
        (await method.NextAsync()).Finish();
        (await Soon(result)).ShouldBe(70);
    }

    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Eventually.Patience);
}
