using Serve.Replica;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

public sealed class BatchCancellationTests
{
    private readonly BatchedMethod _method = new(new BatchAttribute());
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();

    [Fact]
    public async Task Run_CancelledBefore_IsRefused()
    {
        await _first.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => _method.EnqueueAsync(1, _first.Token));
        _method.EnqueueAll(2);
        (await _method.NextAsync()).Items.ShouldBe([2]);
    }

    [Fact]
    public async Task Run_CancelledWhileItWaits_NeverReachesTheMethod()
    {
        _method.EnqueueAll(1);
        var running = await _method.NextAsync();
        var gone = _method.EnqueueAsync(2, _first.Token);
        _method.EnqueueAll(3);
        await _first.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Eventually.Patience));
        running.Finish();
        (await _method.NextAsync()).Items.ShouldBe([3]);
    }

    [Fact]
    public async Task Run_CancelledItem_DoesNotCountForAFullBatch()
    {
        var method = new BatchedMethod(new BatchAttribute { MaxBatchSize = 2, BatchWaitTimeoutSeconds = 1 });
        var gone = method.EnqueueAsync(1, _first.Token);
        await method.TimersAsync(1);
        await _first.CancelAsync();
        method.EnqueueAll(2);
        method.Clock.Advance(TimeSpan.FromSeconds(0.5));
        method.Unseen.ShouldBe(0);
        method.EnqueueAll(3);
        (await method.NextAsync()).Items.ShouldBe([2, 3]);
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Run_OneCallerLeavesARunningBatch_OnlyThatOneIsCancelled()
    {
        var (gone, stays, batch) = await StartTwoAsync(_second.Token);
        await _first.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Eventually.Patience));
        batch.Token.IsCancellationRequested.ShouldBeFalse();
        batch.Finish();
        (await stays.WaitAsync(Eventually.Patience)).ShouldBe(20);
    }

    [Fact]
    public async Task Run_AllCallersLeave_TheBatchIsCancelledAndTheNextOneWorks()
    {
        var (one, other, batch) = await StartTwoAsync(_second.Token);
        batch.Token.Register(() => batch.Result.TrySetCanceled(batch.Token));
        await _first.CancelAsync();
        await _second.CancelAsync();
        batch.Token.IsCancellationRequested.ShouldBeTrue();
        await Should.ThrowAsync<OperationCanceledException>(() => one.WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<OperationCanceledException>(() => other.WaitAsync(Eventually.Patience));
        _method.EnqueueAll(3);
        var next = await _method.NextAsync();
        next.Items.ShouldBe([3]);
        next.Token.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_OneCallerCannotLeave_TheBatchIsNeverCancelled()
    {
        var (_, stays, batch) = await StartTwoAsync(CancellationToken.None);
        await _first.CancelAsync();
        batch.Token.IsCancellationRequested.ShouldBeFalse();
        batch.Finish();
        (await stays.WaitAsync(Eventually.Patience)).ShouldBe(20);
    }

    [Fact]
    public async Task Run_SeveralItemsOfOneCaller_LeaveTogether()
    {
        var (_, _, batch) = await StartTwoAsync(_first.Token);
        await _first.CancelAsync();
        batch.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_CancelledWithUsersCodeBehindIt_DoesNotHoldUpTheOneWhoLeaves()
    {
        using var release = new ManualResetEventSlim();
        var ended = new TaskCompletionSource<bool>();
        var gone = _method.EnqueueAsync(1, _first.Token);
        var batch = await _method.NextAsync();
        batch.Token.Register(() => ended.SetResult(release.Wait(Eventually.Patience)));
        await Task.Run(() => _first.Cancel()).WaitAsync(Eventually.Patience);
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Eventually.Patience));
        ended.Task.IsCompleted.ShouldBeFalse();
        release.Set();
        (await ended.Task).ShouldBeTrue();
    }

    [Fact]
    public async Task Run_CallersLeaveAfterTheBatch_ItsTokenIsNotCancelled()
    {
        var result = _method.EnqueueAsync(1, _first.Token);
        var batch = await _method.NextAsync();
        batch.Finish();
        await result.WaitAsync(Eventually.Patience);
        await _first.CancelAsync();
        batch.Token.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_RequestOfTheCallerEnds_TheItemLeavesAlthoughItsCallerDidNotPassTheToken()
    {
        _method.EnqueueAll(0);
        var running = await _method.NextAsync();
        RequestContext.Current = new RequestContext("1", deadline: null, _first.Token);
        var gone = _method.EnqueueAsync(1);
        RequestContext.Current = null;
        _method.EnqueueAll(2);
        await _first.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Eventually.Patience));
        running.Finish();
        (await _method.NextAsync()).Items.ShouldBe([2]);
    }

    private async Task<(Task<int> First, Task<int> Second, StartedBatch Batch)> StartTwoAsync(CancellationToken second)
    {
        _method.EnqueueAll(0);
        var running = await _method.NextAsync();
        var (one, other) = (_method.EnqueueAsync(1, _first.Token), _method.EnqueueAsync(2, second));
        running.Finish();
        var batch = await _method.NextAsync();
        batch.Items.ShouldBe([1, 2]);
        return (one, other, batch);
    }
}
