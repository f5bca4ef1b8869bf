using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

public sealed class AdmissionGateTests
{
    private readonly AdmissionGate _gate = new(limit: 2);

    [Fact]
    public void TryEnter_UpToTheLimit_ThenRefuses()
    {
        _gate.TryEnter().ShouldBeTrue();
        _gate.TryEnter().ShouldBeTrue();
        _gate.TryEnter().ShouldBeFalse();
        _gate.Exit();
        _gate.TryEnter().ShouldBeTrue();
        _gate.Ongoing.ShouldBe(2);
    }

    [Fact]
    public async Task Enter_GateIsFull_FirstComeFirstServed()
    {
        Fill();
        var waiters = Enumerable.Range(0, 4).Select(_ => EnterAsync()).ToList();
        for (var i = 0; i < waiters.Count; i++)
        {
            waiters[i].IsCompleted.ShouldBeFalse();
            _gate.Exit();
            (await Soon(waiters[i])).ShouldBeTrue();
        }

        _gate.Ongoing.ShouldBe(2);
    }

    [Fact]
    public async Task Enter_LineIsTooLong_IsRefused()
    {
        Fill();
        var first = EnterAsync(maxQueued: 1);
        (await Soon(EnterAsync(maxQueued: 1))).ShouldBeFalse();
        (await Soon(EnterAsync(maxQueued: 0))).ShouldBeFalse();
        _gate.Waiting.ShouldBe(1);
        _gate.Exit();
        (await Soon(first)).ShouldBeTrue();
    }

    [Fact]
    public async Task TryEnter_OthersWait_DoesNotOvertakeThem()
    {
        Fill();
        var first = EnterAsync();
        var second = EnterAsync();
        _gate.Exit();
        await Soon(first);
        _gate.TryEnter().ShouldBeFalse();
        _gate.Exit();
        await Soon(second);
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LeavesTheLine()
    {
        Fill();
        using var cancellation = new CancellationTokenSource();
        var first = EnterAsync(cancellationToken: cancellation.Token);
        var second = EnterAsync();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Soon(first));
        _gate.Waiting.ShouldBe(1);

        _gate.Exit();
        (await Soon(second)).ShouldBeTrue();
        _gate.Exit();
        _gate.Exit();
        _gate.Ongoing.ShouldBe(0);
    }

    [Fact]
    public async Task Limit_Raised_AdmitsWaiters()
    {
        Fill();
        var waiters = Enumerable.Range(0, 3).Select(_ => EnterAsync()).ToList();
        _gate.Limit = 4;
        await Soon(Task.WhenAll(waiters.Take(2)));
        (_gate.Ongoing, _gate.Waiting).ShouldBe((4, 1));
        waiters[2].IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Limit_Lowered_WaitsUntilFewerAreInside()
    {
        Fill();
        _gate.Limit = 1;
        var waiter = EnterAsync();
        _gate.Exit();
        waiter.IsCompleted.ShouldBeFalse();
        _gate.Exit();
        (await Soon(waiter)).ShouldBeTrue();
    }

    [Fact]
    public async Task RunQuiesced_RequestsInside_WaitsForThemAndLetsNobodyInMeanwhile()
    {
        Fill();
        var running = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        var quiesced = _gate.RunQuiescedAsync(
            async () =>
            {
                _gate.Ongoing.ShouldBe(0);
                running.SetResult();
                await finish.Task;
                return 7;
            },
            CancellationToken.None);
        var waiter = EnterAsync();
        _gate.Exit();
        running.Task.IsCompleted.ShouldBeFalse();
        _gate.Exit();
        await Soon(running.Task);
        _gate.TryEnter().ShouldBeFalse();
        waiter.IsCompleted.ShouldBeFalse();

        finish.SetResult();
        (await Soon(quiesced)).ShouldBe(7);
        (await Soon(waiter)).ShouldBeTrue();
    }

    [Fact]
    public async Task RunQuiesced_ActionThrows_GateOpensAgain()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => _gate.RunQuiescedAsync<int>(() => throw new InvalidOperationException(), CancellationToken.None));
        _gate.TryEnter().ShouldBeTrue();
    }

    [Fact]
    public async Task RunQuiesced_CancelledBeforeIdle_GateOpensAgainAndTheActionNeverRuns()
    {
        Fill();
        using var cancellation = new CancellationTokenSource();
        var quiesced = _gate.RunQuiescedAsync<int>(() => throw new InvalidOperationException("It ran."), cancellation.Token);
        var waiter = EnterAsync();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Soon(quiesced));
        _gate.Exit();
        (await Soon(waiter)).ShouldBeTrue();
    }

    [Fact]
    public async Task Close_WaitersAndNewcomers_AreTurnedAway()
    {
        Fill();
        var waiter = EnterAsync();
        var closed = _gate.CloseAsync();
        (await Soon(waiter)).ShouldBeFalse();
        _gate.TryEnter().ShouldBeFalse();
        (await Soon(EnterAsync())).ShouldBeFalse();

        _gate.Exit();
        closed.IsCompleted.ShouldBeFalse();
        _gate.Exit();
        await closed.WaitAsync(Eventually.Patience);
        _gate.Limit = 10;
        _gate.TryEnter().ShouldBeFalse();
    }

    [Fact]
    public async Task Close_NobodyInside_IsDoneAtOnce()
    {
        _gate.CloseAsync().IsCompleted.ShouldBeTrue();
        await _gate.CloseAsync();
    }

    [Fact]
    public async Task Close_WhileQuiesced_WaitersAreTurnedAwayAndTheActionFinishes()
    {
        var finish = new TaskCompletionSource<int>();
        var quiesced = _gate.RunQuiescedAsync(() => finish.Task, CancellationToken.None);
        var waiter = EnterAsync();
        await _gate.CloseAsync();
        (await Soon(waiter)).ShouldBeFalse();
        finish.SetResult(1);
        (await Soon(quiesced)).ShouldBe(1);
    }

    private Task<bool> EnterAsync(int maxQueued = -1, CancellationToken cancellationToken = default) => _gate.EnterAsync(maxQueued, cancellationToken).AsTask();

    private void Fill()
    {
        while (_gate.TryEnter())
        {
        }
    }

    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Eventually.Patience);

    private static Task Soon(Task task) => task.WaitAsync(Eventually.Patience);
}
