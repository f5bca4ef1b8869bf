using Serve.Batching;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

public sealed class BatchStressTests
{
    private readonly Lock _lock = new();
    private readonly List<int> _seen = [];
    private int _running;
    private int _mostRunning;
    private int _largest;

    [Fact]
    public async Task Run_ItemsInARow_KeepTheirOrderOverAllBatches()
    {
        var queue = TestQueue.Create<int, int>(RunAsync, new BatchAttribute { MaxBatchSize = 7 });
        var results = await Task.WhenAll(Enumerable.Range(0, 2000).Select(item => BatchCalls.RunAsync<int, int>(queue, item, CancellationToken.None))).WaitAsync(Eventually.Patience);
        results.SequenceEqual(Enumerable.Range(0, 2000).Select(item => -item)).ShouldBeTrue();
        _seen.SequenceEqual(Enumerable.Range(0, 2000)).ShouldBeTrue();
        _largest.ShouldBeLessThanOrEqualTo(7);
        _mostRunning.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 0.001)]
    public async Task Run_ManyCallersThatFailAndLeave_EachGetsItsOwnResult(int concurrent, double wait)
    {
        var queue = TestQueue.Create<int, int>(RunAsync, new BatchAttribute { MaxBatchSize = 5, MaxConcurrentBatches = concurrent, BatchWaitTimeoutSeconds = wait });
        var callers = Enumerable.Range(0, 16).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            for (var i = 0; i < 100; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var item = number * 1000 + i;
                var result = BatchCalls.RunAsync<int, int>(queue, item, cancellation.Token);
                if (random.Next(4) == 0)
                    await cancellation.CancelAsync();
                try
                {
                    (await result).ShouldBe(-item);
                }
                catch (Exception exception) when (exception is OperationCanceledException or FormatException)
                {
                    // It left, or was in one batch with an item that fails.
                }
            }
        }));
        await Task.WhenAll(callers).WaitAsync(Eventually.Patience);
        _seen.Distinct().Count().ShouldBe(_seen.Count);
        _largest.ShouldBeLessThanOrEqualTo(5);
        _mostRunning.ShouldBeLessThanOrEqualTo(concurrent);
    }

    private async Task<IReadOnlyList<int>> RunAsync(IReadOnlyList<int> items, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _seen.AddRange(items);
            _largest = Math.Max(_largest, items.Count);
            _mostRunning = Math.Max(_mostRunning, ++_running);
        }

        await Task.Yield();
        lock (_lock)
            _running--;
        return items.Any(item => item % 97 == 96) && items.Count < 7 ? throw new FormatException() : [.. items.Select(item => -item)];
    }
}
