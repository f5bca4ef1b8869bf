using Serve.Tensors;
using Serve.Testing;

namespace Serve.Onnx.Tests.Running;

/// <summary>Calls in one line: batches, splits, limits and failures. Alone, since what is rented from the pool is that of all tests.</summary>
[Collection(AloneCollection.Name)]
public sealed class ModelRunnerTests : IDisposable
{
    /// <summary>So long that only a full batch starts.</summary>
    private const string Patient = "dynamic_batching { max_queue_delay_microseconds: 60000000 }";

    private readonly long _rented = NativeMemoryPool.Shared.RentedBytes;

    public void Dispose() => NativeMemoryPool.Shared.RentedBytes.ShouldBe(_rented);

    [Fact]
    public async Task Run_CallsThatFillABatch_RunOnceAndGetTheirOwnRows()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", $"max_batch_size: 4 {Patient}");

        var answers = await Task.WhenAll(fixture.SquareAsync(1), fixture.SquareAsync(2, 3), fixture.SquareAsync(4)).WaitAsync(Eventually.Patience);

        answers.ShouldBe([[1], [4, 9], [16]]);
        var statistics = fixture.Runner.Statistics;
        (statistics.Executions, statistics.Inferences, statistics.Success.Count, statistics.Queue.Count).ShouldBe((1, 4, 3, 3));
        statistics.Batches.ShouldHaveSingleItem().Rows.ShouldBe(4);
        fixture.Runner.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Run_APreferredSizeIsFilled_StartsAtOnce()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "max_batch_size: 8 dynamic_batching { preferred_batch_size: [2, 8] max_queue_delay_microseconds: 60000000 }");

        var answers = await Task.WhenAll(fixture.SquareAsync(1), fixture.SquareAsync(2)).WaitAsync(Eventually.Patience);

        answers.ShouldBe([[1], [4]]);
        fixture.Runner.Statistics.Batches.ShouldHaveSingleItem().Rows.ShouldBe(2);
    }

    [Fact]
    public async Task Run_MoreRowsThanABatchMayHave_IsSplitAndPutTogether()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "max_batch_size: 4");

        (await fixture.SquareAsync([.. Enumerable.Range(0, 10).Select(number => (float)number)])).ShouldBe([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);

        fixture.Runner.Statistics.Inferences.ShouldBe(10);
        fixture.Runner.Statistics.Success.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_MoreRowsThanABatchMayHave_CountsAsOneInLine()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "max_batch_size: 2 dynamic_batching { default_queue_policy { max_queue_size: 1 } }");

        (await fixture.SquareAsync([.. Enumerable.Range(0, 100).Select(number => (float)number)])).Length.ShouldBe(100);

        fixture.Runner.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Run_OnePartFails_FailsTheCallAndTheNextGoesOn()
    {
        await using var fixture = await RunnerFixture.CreateAsync("lookup", "max_batch_size: 1 dynamic_batching { default_queue_policy { max_queue_size: 1 } }");
        using var input = TensorBuffer.Copy<long>(TensorDataType.Int64, [0, 1, 99, .. new long[1000]], 1003, 1);

        await Should.ThrowAsync<OnnxModelException>(fixture.Runner.RunAsync(new ModelCall { Inputs = [new("index", input)] }).WaitAsync(Eventually.Patience));

        (await LookUpAsync(fixture, 1)).ShouldBe(20);
        fixture.Runner.Statistics.Executions.ShouldBeLessThan(1000);
    }

    [Theory]
    [InlineData("wide", "of which one gave 'wide' as INT64 [2, 3] and another as INT64 [2, 2], which can't be put together")]
    [InlineData("kinds", "and one of 2 rows gave 'kinds' as INT64 [1], which can't be put together with the others")]
    public async Task Run_PartsThatDoNotGoTogether_SaysWhatToSend(string output, string expected)
    {
        await using var fixture = await RunnerFixture.CreateAsync("ragged", "max_batch_size: 2");
        using var input = TensorBuffer.Copy<long>(TensorDataType.Int64, [3, 1, 2, 2], 4, 1);
        var call = new ModelCall { Inputs = [new("x", input)], Outputs = [output] };

        (await Should.ThrowAsync<OnnxModelException>(fixture.Runner.RunAsync(call))).Message
            .ShouldBe($"The call was run in parts, {expected}; send 2 rows at once, the model's 'max_batch_size', no more.");
    }

    [Theory]
    [InlineData(long.MaxValue, "was given 9223372036854775807 rows of 'index'; there can be 2147483647 at most.")]
    [InlineData(65536 * 4 + 1, "was given 262145 rows of 'index'. Its 'max_batch_size' is 4, and a call can have 65536 batches at most: send 262144 rows at once, no more.")]
    public async Task Run_RowsWithoutElementsAndWithoutEnd_AreRefused(long rows, string expected)
    {
        await using var fixture = await RunnerFixture.CreateAsync("lookup", "max_batch_size: 4");
        using var input = TensorBuffer.Rent(TensorDataType.Int64, rows, 0);

        (await Should.ThrowAsync<OnnxInputException>(fixture.Runner.RunAsync(new ModelCall { Inputs = [new("index", input)] }).WaitAsync(Eventually.Patience)))
            .Message.ShouldBe($"The model 'lookup' {expected}");
    }

    [Fact]
    public async Task Run_MoreRowsThanAGuessedBatchHas_RunsAsItIs()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "");

        (await fixture.SquareAsync([.. Enumerable.Range(0, 1000).Select(number => (float)number)])).Length.ShouldBe(1000);

        fixture.Runner.Statistics.Executions.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ManyAtOnceOnSeveralInstances_EachGetsItsOwn()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "max_batch_size: 16 dynamic_batching { preserve_ordering: true } instance_group { count: 2 }");

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => fixture.SquareAsync(i, i + 1)))).WaitAsync(Eventually.Patience);

        answers.ShouldBe(Enumerable.Range(0, 500).Select(i => new float[] { i * i, (i + 1) * (i + 1) }));
        fixture.Runner.Statistics.Inferences.ShouldBe(1000);
    }

    [Fact]
    public async Task Run_Texts_ShareBatchesOfTheirShape()
    {
        await using var fixture = await RunnerFixture.CreateAsync("texts", $"max_batch_size: 2 {Patient}");

        var answers = await Task.WhenAll(EchoAsync(fixture, 2, "a", "bb"), EchoAsync(fixture, 3, "c", "", "dd"), EchoAsync(fixture, 3, "e", "f", "g"), EchoAsync(fixture, 2, "", ""))
            .WaitAsync(Eventually.Patience);

        answers.ShouldBe([["a", "bb"], ["c", "", "dd"], ["e", "f", "g"], ["", ""]]);
        fixture.Runner.Statistics.Executions.ShouldBe(2);
    }

    [Fact]
    public async Task Run_OneOfABatchIsWrongForTheModel_FailsAlone()
    {
        await using var fixture = await RunnerFixture.CreateAsync("lookup", $"max_batch_size: 3 {Patient}");

        var calls = new[] { LookUpAsync(fixture, 1), LookUpAsync(fixture, 99), LookUpAsync(fixture, 2) };
        await Should.ThrowAsync<OnnxModelException>(Task.WhenAll(calls).WaitAsync(Eventually.Patience));

        (await calls[0]).ShouldBe(20);
        (await calls[2]).ShouldBe(30);
        calls[1].Exception!.InnerException.ShouldBeOfType<OnnxModelException>();
        fixture.Runner.Statistics.Fail.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_BatchFailsAndACallerHasGone_IsNotTriedForThatOne()
    {
        InterruptedClock? clock = null;
        await using var fixture = await RunnerFixture.CreateAsync("lookup", $"max_batch_size: 2 {Patient}", inner => clock = new InterruptedClock(inner));
        using var cancellation = new CancellationTokenSource();
        var wrong = LookUpAsync(fixture, 99);
        Task<float>? gone = null;
        clock!.InterruptOnce(
            () => fixture.Runner.Statistics.Queue.Count == 2,
            () =>
            {
                cancellation.Cancel();
                SpinWait.SpinUntil(() => gone?.IsCompleted == true, Eventually.Patience).ShouldBeTrue();
            });

        gone = LookUpAsync(fixture, 1, cancellationToken: cancellation.Token);

        await Should.ThrowAsync<OnnxModelException>(wrong.WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<OperationCanceledException>(gone.WaitAsync(Eventually.Patience));
        (await Task.WhenAll(LookUpAsync(fixture, 0), LookUpAsync(fixture, 1)).WaitAsync(Eventually.Patience)).ShouldBe([10, 20]);
        fixture.Runner.Statistics.Executions.ShouldBe(1);
    }

    [Fact]
    public async Task Run_WrongCalls_AreRefusedBeforeTheyGetInLine()
    {
        await using var fixture = await RunnerFixture.CreateAsync("add", "max_batch_size: 4");
        using var two = TensorBuffer.Rent(TensorDataType.Float32, 2, 3);
        using var three = TensorBuffer.Rent(TensorDataType.Float32, 3, 3);
        using var none = TensorBuffer.Rent(TensorDataType.Float32, 0, 3);
        using var whole = TensorBuffer.Rent(TensorDataType.Int32, 2, 3);

        await FailsAsync("has no input 'middle'; its inputs are 'left', 'right'.", ("left", two), ("middle", two));
        await FailsAsync("was given input 'left' twice.", ("left", two), ("left", two));
        await FailsAsync("needs input 'right' (FP32 [-1, 3] (-1 takes any size)), which was not given.", ("left", two));
        await FailsAsync("takes 'left' as FP32 [-1, 3] (-1 takes any size), but was given INT32 [2, 3].", ("left", whole), ("right", two));
        await FailsAsync("was given 2 rows of 'left' and 3 of 'right'; all inputs must have as many.", ("left", two), ("right", three));
        await FailsAsync("was given no rows of 'left'; there must be at least 1.", ("left", none), ("right", none));
        fixture.Runner.Statistics.Executions.ShouldBe(0);

        async Task FailsAsync(string expected, params (string Name, TensorBuffer Tensor)[] inputs)
        {
            var call = new ModelCall { Inputs = [.. inputs.Select(input => KeyValuePair.Create(input.Name, input.Tensor))] };
            (await Should.ThrowAsync<OnnxInputException>(fixture.Runner.RunAsync(call))).Message.ShouldBe($"The model 'add' {expected}");
        }
    }

    [Fact]
    public async Task Run_Cancelled_StopsAndTheNextGoesOn()
    {
        await using var fixture = await RunnerFixture.CreateAsync("count", "");
        using var cancellation = new CancellationTokenSource();
        var endless = fixture.CountAsync(long.MaxValue, cancellation.Token);
        await Eventually.TrueAsync(() => fixture.Runner.Statistics.Queue.Count == 1);
        var next = fixture.CountAsync(5);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(endless.WaitAsync(Eventually.Patience));
        (await next.WaitAsync(Eventually.Patience)).ShouldBe(5);
    }

    [Fact]
    public async Task Run_QueueIsFull_IsRefused()
    {
        await using var fixture = await RunnerFixture.CreateAsync("squares", "max_batch_size: 4 dynamic_batching { max_queue_delay_microseconds: 60000000 default_queue_policy { max_queue_size: 2 default_timeout_microseconds: 1000000 } }");
        var waiting = new[] { fixture.SquareAsync(1), fixture.SquareAsync(2) };

        (await Should.ThrowAsync<BackPressureException>(fixture.SquareAsync(3))).Message.ShouldBe("The queue of the model 'squares' is full: 2 calls wait, as many as its 'max_queue_size' allows.");

        waiting.ShouldAllBe(call => !call.IsCompleted);
        fixture.Runner.Waiting.ShouldBe(2);
        fixture.Advance(TimeSpan.FromSeconds(1));
        foreach (var call in waiting)
            await Should.ThrowAsync<RequestTimeoutException>(call.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Run_WaitedForTooLong_IsRefusedAndWhatRunsGoesOn()
    {
        await using var fixture = await RunnerFixture.CreateAsync("lookup", "max_batch_size: 2 dynamic_batching { max_queue_delay_microseconds: 3600000000 default_queue_policy { default_timeout_microseconds: 2000000 allow_timeout_override: true } }");
        var late = LookUpAsync(fixture, 1);
        var later = LookUpAsync(fixture, 2, shape: [1, 2]);
        var hasty = LookUpAsync(fixture, 2, shape: [1, 3], timeout: TimeSpan.FromSeconds(1));

        fixture.Advance(TimeSpan.FromSeconds(1));
        (await Should.ThrowAsync<RequestTimeoutException>(hasty.WaitAsync(Eventually.Patience))).Message.ShouldBe("The call of the model 'lookup' has waited 1000 ms for its turn, as long as its queue allows.");
        late.IsCompleted.ShouldBeFalse();
        fixture.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<RequestTimeoutException>(late.WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<RequestTimeoutException>(later.WaitAsync(Eventually.Patience));
        fixture.Runner.Waiting.ShouldBe(0);
    }

    private static async Task<string[]> EchoAsync(RunnerFixture fixture, int width, params string[] texts)
    {
        using var input = TensorBuffer.CopyTexts(texts, 1, width);
        using var outputs = await fixture.Runner.RunAsync(new ModelCall { Inputs = [new("texts", input)] });
        return outputs["same"].ReadTexts();
    }

    /// <summary>The model has the numbers 10, 20, 30: an index beyond them is its failure, not the call's shape.</summary>
    private static async Task<float> LookUpAsync(RunnerFixture fixture, long index, long[]? shape = null, TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        shape ??= [1, 1];
        using var input = TensorBuffer.Copy<long>(TensorDataType.Int64, [.. Enumerable.Repeat(index, (int)shape[1])], shape);
        using var outputs = await fixture.Runner.RunAsync(new ModelCall { Inputs = [new("index", input)], QueueTimeout = timeout }, cancellationToken);
        return outputs["number"].AsSpan<float>()[0];
    }
}
