using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>A batched method that yields for each of its callers step by step.</summary>
public sealed class BatchStreamTests
{
    private readonly Writer _writer = new();

    [Fact]
    public async Task Stream_StepsOfABatch_ReachEachCallerInOrder()
    {
        var (first, second) = await StartTwoAsync("a", "b");
        foreach (var step in new[] { 1, 2, 3 })
            _writer.Yield([$"a{step}", $"b{step}"]);
        _writer.End();
        (await RestAsync(first)).ShouldBe(["a1", "a2", "a3"]);
        (await RestAsync(second)).ShouldBe(["b1", "b2", "b3"]);
        _writer.Batches.ShouldBe(["block", "a b"]);
    }

    [Fact]
    public async Task Stream_CallersThatEndHaveNothingOrFail_DoNotDisturbTheOthers()
    {
        var (first, second) = await StartTwoAsync("a", "b");
        _writer.Yield(["a1", BatchStep<string>.None]);
        _writer.Yield([BatchStep<string>.End, "b1"]);
        (await RestAsync(first)).ShouldBe(["a1"]);
        _writer.Yield(["too late", BatchStep<string>.Failed(new FormatException("bad b"))]);
        (await second.MoveNextAsync()).ShouldBeTrue();
        second.Current.ShouldBe("b1");
        (await Should.ThrowAsync<FormatException>(() => second.MoveNextAsync().AsTask())).Message.ShouldBe("bad b");
        await Eventually.TrueAsync(() => _writer.Ended == 2);
    }

    [Fact]
    public async Task Stream_CallerStopsReading_TheOthersGoOnAndTheMethodCanSee()
    {
        var (first, second) = await StartTwoAsync("a", "b");
        _writer.Yield(["a1", "b1"]);
        (await first.MoveNextAsync()).ShouldBeTrue();
        await first.DisposeAsync();
        _writer.Yield(["a2", "b2"]);
        _writer.End();
        (await RestAsync(second)).ShouldBe(["b1", "b2"]);
        _writer.Left.ShouldContain(0);
        _writer.Left.ShouldNotContain(1);
    }

    [Fact]
    public async Task Stream_AllCallersStopReading_TheMethodIsCancelledAndEnds()
    {
        var (first, second) = await StartTwoAsync("a", "b");
        _writer.Yield(["a1", "b1"]);
        (await first.MoveNextAsync()).ShouldBeTrue();
        await first.DisposeAsync();
        (await second.MoveNextAsync()).ShouldBeTrue();
        _writer.Token.IsCancellationRequested.ShouldBeFalse();
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => _writer.Ended == 2);
        _writer.Token.IsCancellationRequested.ShouldBeTrue();
        var next = _writer.WriteAsync("c").GetAsyncEnumerator();
        var moved = next.MoveNextAsync();
        await Eventually.TrueAsync(() => _writer.Batches.Count == 3);
        _writer.Yield(["c1"]);
        (await moved).ShouldBeTrue();
        await next.DisposeAsync();
    }

    [Fact]
    public async Task Stream_CallerIsCancelled_GetsThatAndTheOthersGoOn()
    {
        using var cancellation = new CancellationTokenSource();
        var (first, second) = await StartTwoAsync("a", "b", cancellation.Token);
        var moved = first.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => moved.WaitAsync(Eventually.Patience));
        _writer.Yield(["a1", "b1"]);
        _writer.End();
        (await RestAsync(second)).ShouldBe(["b1"]);
    }

    [Fact]
    public async Task Stream_CallerReadsSlowly_HoldsTheBatchUpInsteadOfPilingUp()
    {
        var reader = new CountingWriter();
        await using var stream = reader.WriteAsync("a").GetAsyncEnumerator();
        (await stream.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience)).ShouldBeTrue();
        await Eventually.TrueAsync(() => reader.Produced >= 16);
        for (var i = 0; i < 1000; i++)
        {
            stream.Current.ShouldBe(i);
            reader.Produced.ShouldBeLessThanOrEqualTo(i + 20);
            (await stream.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Stream_StalledCallerLeaves_TheBatchGoesOn()
    {
        var writer = new CountingWriter();
        Batcher.Configure(writer.WriteManyAsync, options => options with { BatchWaitTimeout = TimeSpan.FromHours(1) });
        await using var stalled = writer.WriteAsync("a").GetAsyncEnumerator();
        await using var reader = writer.WriteAsync("b").GetAsyncEnumerator();
        var (one, other) = (stalled.MoveNextAsync().AsTask(), reader.MoveNextAsync().AsTask());
        await Task.WhenAll(one, other).WaitAsync(Eventually.Patience);
        // Until the batch waits for the one that does not read.
        await Eventually.TrueAsync(() => writer.Produced >= 16);
        await stalled.DisposeAsync();
        for (var i = 0; i < 100; i++)
            (await reader.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience)).ShouldBeTrue();
    }

    [Fact]
    public async Task Stream_MethodThrows_EachCallerGetsItAfterWhatItHas()
    {
        var (first, second) = await StartTwoAsync("a", "b");
        _writer.Yield(["a1", "b1"]);
        _writer.End(new FormatException("broken"));
        foreach (var stream in new[] { first, second })
        {
            (await stream.MoveNextAsync()).ShouldBeTrue();
            (await Should.ThrowAsync<FormatException>(() => stream.MoveNextAsync().AsTask())).Message.ShouldBe("broken");
        }
    }

    [Fact]
    public async Task Stream_StepWithTheWrongNumberOfResults_SaysHowMany()
    {
        var (first, _) = await StartTwoAsync("a", "b");
        _writer.Yield(["a1"]);
        (await Should.ThrowAsync<InvalidOperationException>(() => first.MoveNextAsync().AsTask())).Message
            .ShouldBe("Writer.WriteManyAsync got 2 items and returned 1 results; it must return one for each, in order.");
    }

    [Fact]
    public async Task Stream_PlainResults_NeedNoSteps()
    {
        var results = new List<int>();
        await foreach (var result in new CountingWriter().CountAsync(3).WithCancellation(CancellationToken.None))
            results.Add(result);
        results.ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void HasLeft_OutsideOfABatch_SaysSo() =>
        Should.Throw<InvalidOperationException>(() => Batcher.HasLeft(0)).Message.ShouldBe("Batcher.HasLeft is for the code of a batched method; no batch runs here.");

    private async Task<(IAsyncEnumerator<string> First, IAsyncEnumerator<string> Second)> StartTwoAsync(string first, string second, CancellationToken firstToken = default)
    {
        var block = _writer.WriteAsync("block").GetAsyncEnumerator();
        var blocked = block.MoveNextAsync();
        await Eventually.TrueAsync(() => _writer.Batches.Count == 1);
        var (one, other) = (new Prefetched(_writer.WriteAsync(first, firstToken)), new Prefetched(_writer.WriteAsync(second)));
        _writer.End();
        (await blocked).ShouldBeFalse();
        await Eventually.TrueAsync(() => _writer.Batches.Count == 2);
        return (one, other);
    }

    private static async Task<List<string>> RestAsync(IAsyncEnumerator<string> stream)
    {
        var items = new List<string>();
        while (await stream.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience))
            items.Add(stream.Current);
        return items;
    }

    /// <summary>A stream whose first step is asked for at once, so that its item is in line.</summary>
    private sealed class Prefetched : IAsyncEnumerator<string>
    {
        private readonly IAsyncEnumerator<string> _inner;
        private Task<bool>? _first;

        public Prefetched(IAsyncEnumerable<string> stream)
        {
            _inner = stream.GetAsyncEnumerator();
            _first = _inner.MoveNextAsync().AsTask();
        }

        public string Current => _inner.Current;

        public ValueTask<bool> MoveNextAsync()
        {
            var first = _first;
            _first = null;
            return first is null ? _inner.MoveNextAsync() : new ValueTask<bool>(first);
        }

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }

    private sealed class Writer
    {
        private readonly Channel<(IReadOnlyList<BatchStep<string>>? Step, Exception? Failure)> _script = Channel.CreateUnbounded<(IReadOnlyList<BatchStep<string>>?, Exception?)>();
        private int _ended;

        public List<string> Batches { get; } = [];

        public List<int> Left { get; } = [];

        public CancellationToken Token { get; private set; }

        public int Ended => Volatile.Read(ref _ended);

        public IAsyncEnumerable<string> WriteAsync(string prompt, CancellationToken cancellationToken = default) => Batcher.StreamAsync(WriteManyAsync, prompt, cancellationToken);

        public void Yield(IReadOnlyList<BatchStep<string>> step) => _script.Writer.TryWrite((step, null));

        public void End(Exception? failure = null) => _script.Writer.TryWrite((null, failure));

        [Batch]
        private async IAsyncEnumerable<IReadOnlyList<BatchStep<string>>> WriteManyAsync(IReadOnlyList<string> prompts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', prompts));
            Token = cancellationToken;
            try
            {
                while (true)
                {
                    var (step, failure) = await _script.Reader.ReadAsync(cancellationToken);
                    if (failure is not null)
                        throw failure;
                    if (step is null)
                        yield break;
                    Left.AddRange(Enumerable.Range(0, prompts.Count).Where(Batcher.HasLeft));
                    yield return step;
                }
            }
            finally
            {
                Interlocked.Increment(ref _ended);
            }
        }
    }

    private sealed class CountingWriter
    {
        private int _produced;

        public int Produced => Volatile.Read(ref _produced);

        public IAsyncEnumerable<int> WriteAsync(string prompt) => Batcher.StreamAsync(WriteManyAsync, prompt, CancellationToken.None);

        public IAsyncEnumerable<int> CountAsync(int count) => Batcher.StreamAsync(CountManyAsync, count, CancellationToken.None);

        [Batch(MaxBatchSize = 2)]
        public async IAsyncEnumerable<IReadOnlyList<BatchStep<int>>> WriteManyAsync(IReadOnlyList<string> prompts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; ; i++)
            {
                yield return [.. prompts.Select(_ => BatchStep<int>.Of(i))];
                Interlocked.Increment(ref _produced);
            }
        }

        [Batch]
        private async IAsyncEnumerable<IReadOnlyList<int>> CountManyAsync(IReadOnlyList<int> counts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; i < counts.Max(); i++)
            {
                await Task.Yield();
                yield return [.. counts.Select(_ => i)];
            }
        }
    }
}
