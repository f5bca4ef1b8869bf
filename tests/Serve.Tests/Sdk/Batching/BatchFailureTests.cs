using Serve.Batching;
using Serve.Replica;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>One bad item, and those around it.</summary>
public sealed class BatchFailureTests
{
    private readonly Parser _parser = new();

    [Fact]
    public async Task Run_MethodReturnsAFailureForAnItem_OnlyThatCallerGetsIt()
    {
        var results = await ParseTogetherAsync(_parser.ParseAsync, "1", "bad", "3");
        (await results[0]).ShouldBe(1);
        (await Should.ThrowAsync<FormatException>(() => results[1])).Message.ShouldBe("'bad' is no number");
        (await results[2]).ShouldBe(3);
        _parser.Batches.ShouldBe(["0", "1 bad 3"]);
    }

    [Fact]
    public async Task Run_MethodThrowsAndItemsMayBeRetried_OnlyTheBadOneFails()
    {
        var results = await ParseTogetherAsync(_parser.ParseStrictlyAsync, "1", "bad", "3");
        (await results[0]).ShouldBe(1);
        (await Should.ThrowAsync<FormatException>(() => results[1])).Message.ShouldBe("'bad' is no number");
        (await results[2]).ShouldBe(3);
        _parser.Batches.ShouldBe(["0", "1 bad 3", "1", "bad", "3"]);
    }

    [Fact]
    public async Task Run_RetriedItemWhoseCallerLeft_IsNotTriedAgain()
    {
        using var cancellation = new CancellationTokenSource();
        _parser.BeforeFailure = cancellation.Cancel;
        var block = _parser.ParseStrictlyAsync("0");
        await Eventually.TrueAsync(() => _parser.Batches.Count == 1);
        var stays = _parser.ParseStrictlyAsync("1");
        var bad = _parser.ParseStrictlyAsync("bad");
        var leaves = _parser.ParseStrictlyAsync("3", cancellation.Token);
        _parser.Go.SetResult();
        await block;
        (await stays.WaitAsync(Eventually.Patience)).ShouldBe(1);
        await Should.ThrowAsync<FormatException>(() => bad.WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        _parser.Batches.ShouldBe(["0", "1 bad 3", "1", "bad"]);
    }

    [Fact]
    public async Task Run_OneItemAloneFails_IsNotTriedAgain()
    {
        _parser.Go.SetResult();
        await Should.ThrowAsync<FormatException>(() => _parser.ParseStrictlyAsync("bad").WaitAsync(Eventually.Patience));
        _parser.Batches.ShouldBe(["bad"]);
    }

    [Fact]
    public async Task Run_WrongNumberOfResults_IsNotTriedAgain()
    {
        var calls = 0;
        var queue = TestQueue.Create<int, int>((_, _) => ++calls == 1 ? Task.FromResult<IReadOnlyList<int>>([1]) : Task.FromResult<IReadOnlyList<int>>([]), new BatchAttribute { RetryItemsAlone = true });
        (await BatchCalls.RunAsync<int, int>(queue, 1, CancellationToken.None).WaitAsync(Eventually.Patience)).ShouldBe(1);
        await Should.ThrowAsync<InvalidOperationException>(() => BatchCalls.RunAsync<int, int>(queue, 1, CancellationToken.None).WaitAsync(Eventually.Patience));
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task Batch_RunsForAllItsCallers_NotForOneOfThem()
    {
        RequestContext? seen = null;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = TestQueue.Create<int, int>(
            async (items, _) =>
            {
                seen = RequestContext.Current;
                await go.Task;
                return items;
            },
            new BatchAttribute());
        var alone = CallAsync("alone", 100);
        await Eventually.TrueAsync(() => seen is not null);
        seen!.RequestId.ShouldBe("alone");
        seen.Deadline.ShouldBe(100);
        seen = null;
        var together = new[] { CallAsync("one", 300), CallAsync("other", 200) };
        go.SetResult();
        await Task.WhenAll([alone, .. together]).WaitAsync(Eventually.Patience);
        seen.ShouldNotBeNull().RequestId.ShouldNotBeOneOf("one", "other");
        seen.Deadline.ShouldBe(300);
        await CallAsync("patient", deadline: null).WaitAsync(Eventually.Patience);
        seen.Deadline.ShouldBeNull();

        Task<int> CallAsync(string id, long? deadline)
        {
            RequestContext.Current = new RequestContext(id, deadline, CancellationToken.None);
            return BatchCalls.RunAsync<int, int>(queue, 1, CancellationToken.None);
        }
    }

    private async Task<List<Task<int>>> ParseTogetherAsync(Func<string, CancellationToken, Task<int>> parse, params string[] texts)
    {
        var block = parse("0", CancellationToken.None);
        await Eventually.TrueAsync(() => _parser.Batches.Count == 1);
        var results = texts.Select(text => parse(text, CancellationToken.None)).ToList();
        _parser.Go.SetResult();
        await block;
        await Task.WhenAny(Task.WhenAll(results)).WaitAsync(Eventually.Patience);
        return results;
    }

    private sealed class Parser
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public Action BeforeFailure { get; set; } = static () => { };

        public Task<int> ParseAsync(string text, CancellationToken cancellationToken = default) => Batcher.RunAsync(ParseManyAsync, text, cancellationToken);

        public Task<int> ParseStrictlyAsync(string text, CancellationToken cancellationToken = default) => Batcher.RunAsync(ParseManyStrictlyAsync, text, cancellationToken);

        [Batch]
        private async Task<IReadOnlyList<BatchResult<int>>> ParseManyAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', texts));
            await Go.Task;
            return [.. texts.Select(text => int.TryParse(text, out var number) ? number : BatchResult<int>.Failed(Bad(text)))];
        }

        [Batch(RetryItemsAlone = true)]
        private async Task<IReadOnlyList<int>> ParseManyStrictlyAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', texts));
            await Go.Task;
            if (texts.Contains("bad"))
                BeforeFailure();
            return [.. texts.Select(text => int.TryParse(text, out var number) ? number : throw Bad(text))];
        }

        private static FormatException Bad(string text) => new($"'{text}' is no number");
    }
}
