using Serve.Batching;
using Serve.Replica;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>What may share a batch, and what goes alone.</summary>
public sealed class BatchBucketTests
{
    [Fact]
    public async Task Run_ItemsWithCosts_FillABatchUpToTheMaximumInTheirOrder()
    {
        var reader = new Reader();
        var block = await reader.BlockAsync();
        var results = new[] { 4, 5, 3, 7, 1, 1 }.Select(reader.ByCostAsync).ToArray();
        reader.Go();
        await Task.WhenAll([block, .. results]).WaitAsync(Eventually.Patience);
        // 3 does not fit after 4 and 5, and nothing overtakes it.
        reader.Batches.ShouldBe(["0", "4 5", "3 7", "1 1"]);
    }

    [Fact]
    public async Task Run_ItemThatCostsMoreThanABatchMay_RunsAlone()
    {
        var reader = new Reader();
        var block = await reader.BlockAsync();
        var results = new[] { 2, 99, 3, 4 }.Select(reader.ByCostAsync).ToArray();
        reader.Go();
        await Task.WhenAll([block, .. results]).WaitAsync(Eventually.Patience);
        reader.Batches.ShouldBe(["0", "2", "99", "3 4"]);
    }

    [Fact]
    public async Task Run_CostThrows_OnlyThatItemFails()
    {
        var reader = new Reader();
        var block = await reader.BlockAsync();
        var good = reader.ByCostAsync(2);
        var bad = reader.ByCostAsync(Reader.Unreadable);
        var other = reader.ByCostAsync(3);
        (await Should.ThrowAsync<FormatException>(() => bad)).Message.ShouldBe("unreadable");
        reader.Go();
        await Task.WhenAll(block, good, other).WaitAsync(Eventually.Patience);
        reader.Batches.ShouldBe(["0", "2 3"]);
    }

    [Fact]
    public async Task Run_NegativeCost_IsNamed() =>
        (await Should.ThrowAsync<InvalidOperationException>(() => new Reader().ByCostAsync(-3))).Message
            .ShouldBe("[Batch] on Reader.ByCostManyAsync: CostOf returned -3 for an item; a cost must be at least 0.");

    [Fact]
    public async Task Run_FullByCost_DoesNotWaitForMore()
    {
        var clock = new ManualTimeProvider();
        var reader = new Reader();
        TestQueue.Scope(clock).Attach(reader);
        Batcher.Configure(reader.ByCostManyAsync, options => options with { BatchWaitTimeout = TimeSpan.FromSeconds(1) });
        reader.Go();
        var first = reader.ByCostAsync(6);
        await Eventually.TrueAsync(() => clock.PendingTimers == 1);
        await Task.WhenAll(first, reader.ByCostAsync(4)).WaitAsync(Eventually.Patience);
        reader.Batches.ShouldBe(["6 4"]);
    }

    [Fact]
    public async Task Run_ItemsOfDifferentKeys_NeverMeetAndTheFirstThatCameGoesFirst()
    {
        var reader = new Reader();
        var block = reader.ByKeyAsync("block");
        await Eventually.TrueAsync(() => reader.Batches.Count == 1);
        var results = new[] { "a1", "b1", "a2", "c1", "b2", "a3" }.Select(reader.ByKeyAsync).ToArray();
        reader.Go();
        await Task.WhenAll([block, .. results]).WaitAsync(Eventually.Patience);
        reader.Batches.ShouldBe(["block", "a1 a2 a3", "b1 b2", "c1"]);
    }

    [Fact]
    public async Task Run_OneKeyWaitsForMore_AnotherThatIsFullGoes()
    {
        var clock = new ManualTimeProvider();
        var reader = new Reader();
        TestQueue.Scope(clock).Attach(reader);
        Batcher.Configure(reader.ByKeyManyAsync, options => options with { BatchWaitTimeout = TimeSpan.FromSeconds(1), MaxBatchSize = 2 });
        reader.Go();
        var waits = reader.ByKeyAsync("a1");
        await Task.WhenAll(reader.ByKeyAsync("b1"), reader.ByKeyAsync("b2")).WaitAsync(Eventually.Patience);
        waits.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await waits.WaitAsync(Eventually.Patience);
        reader.Batches.ShouldBe(["b1 b2", "a1"]);
    }

    [Fact]
    public async Task Run_InAMultiplexedClass_ItemsOfDifferentModelsNeverMeetAndTheBatchKnowsItsModel()
    {
        var answerer = new Answerer();
        var block = answerer.AskAsync("x", "block");
        await Eventually.TrueAsync(() => answerer.Batches.Count == 1);
        var answers = new[] { ("x", "1"), ("y", "2"), ("x", "3"), (null, "4"), ("y", "5") }.Select(pair => answerer.AskAsync(pair.Item1, pair.Item2)).ToArray();
        answerer.Go.SetResult();
        await Task.WhenAll([block, .. answers]).WaitAsync(Eventually.Patience);
        answerer.Batches.ShouldBe(["x: block", "x: 1 3", "y: 2 5", "none: 4"]);
    }

    [Theory]
    [InlineData(nameof(Wrong.CostWithoutMaximumAsync), "CostOf and MaxBatchCost go together; one of them is not set.")]
    [InlineData(nameof(Wrong.MaximumWithoutCostAsync), "CostOf and MaxBatchCost go together; one of them is not set.")]
    [InlineData(nameof(Wrong.UnknownCostAsync), "CostOf is 'Nothing'; Wrong has no method of that name that takes one String.")]
    [InlineData(nameof(Wrong.CostOfWrongTypeAsync), "CostOf is Text, which returns String; it must return int or long.")]
    [InlineData(nameof(Wrong.UnknownKeyAsync), "KeyOf is 'OfNumber'; Wrong has no method of that name that takes one String.")]
    public void Declaration_ThatMakesNoSense_SaysWhy(string method, string message) =>
        Should.Throw<InvalidOperationException>(() => BatchDeclaration.Of(typeof(Wrong).GetMethod(method)!)).Message.ShouldBe($"[Batch] on Wrong.{method}: {message}");

    private sealed class Reader
    {
        public const int Unreadable = 13;

        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public void Go() => _go.SetResult();

        public async Task<Task<int>> BlockAsync()
        {
            var block = ByCostAsync(0);
            await Eventually.TrueAsync(() => Batches.Count == 1);
            return block;
        }

        public Task<int> ByCostAsync(int item) => Batcher.RunAsync(ByCostManyAsync, item, CancellationToken.None);

        public Task<string> ByKeyAsync(string item) => Batcher.RunAsync(ByKeyManyAsync, item, CancellationToken.None);

        [Batch(CostOf = nameof(CostOf), MaxBatchCost = 10)]
        public Task<IReadOnlyList<int>> ByCostManyAsync(IReadOnlyList<int> items, CancellationToken cancellationToken) => RunAsync(items);

        [Batch(KeyOf = nameof(KeyOf))]
        public Task<IReadOnlyList<string>> ByKeyManyAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => RunAsync(items);

        private static int CostOf(int item) => item == Unreadable ? throw new FormatException("unreadable") : item;

        private char KeyOf(string item) => item[0];

        private async Task<IReadOnlyList<T>> RunAsync<T>(IReadOnlyList<T> items)
        {
            Batches.Add(string.Join(' ', items));
            await _go.Task;
            return items;
        }
    }

    private sealed class Answerer
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public Task<string> AskAsync(string? model, string question)
        {
            RequestContext.Current = new RequestContext(question, deadline: null, CancellationToken.None) { ModelId = model };
            return Batcher.RunAsync(AskManyAsync, question, CancellationToken.None);
        }

        [Batch]
        private async Task<IReadOnlyList<string>> AskManyAsync(IReadOnlyList<string> questions, CancellationToken cancellationToken)
        {
            using var lease = await Multiplexer.GetAsync(LoadAsync, ServeRequest.ModelId ?? "none", cancellationToken);
            Batches.Add($"{lease.Model}: {string.Join(' ', questions)}");
            await Go.Task;
            return questions;
        }

        [Multiplexed]
        private Task<string> LoadAsync(string modelId, CancellationToken cancellationToken) => Task.FromResult(modelId);
    }

    private sealed class Wrong
    {
        [Batch(CostOf = nameof(Text))]
        public Task<IReadOnlyList<string>> CostWithoutMaximumAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Batch(MaxBatchCost = 1)]
        public Task<IReadOnlyList<string>> MaximumWithoutCostAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Batch(CostOf = "Nothing", MaxBatchCost = 1)]
        public Task<IReadOnlyList<string>> UnknownCostAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Batch(CostOf = nameof(Text), MaxBatchCost = 1)]
        public Task<IReadOnlyList<string>> CostOfWrongTypeAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        [Batch(KeyOf = nameof(OfNumber))]
        public Task<IReadOnlyList<string>> UnknownKeyAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static string Text(string item) => item;

        private static int OfNumber(int number) => number;
    }
}
