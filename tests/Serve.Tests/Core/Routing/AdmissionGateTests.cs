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
    public void TryEnterAnyway_GateIsFull_EntersAndCounts()
    {
        Fill();
        _gate.TryEnterAnyway().ShouldBeTrue();
        _gate.Ongoing.ShouldBe(3);
        _gate.Exit();
        _gate.TryEnter().ShouldBeFalse();
    }

    [Fact]
    public void Limit_Raised_LetsMoreIn()
    {
        Fill();
        _gate.Limit = 4;
        Fill();
        _gate.Ongoing.ShouldBe(4);
    }

    [Fact]
    public void Limit_Lowered_LetsInWhenFewerAreInside()
    {
        Fill();
        _gate.Limit = 1;
        _gate.Exit();
        _gate.TryEnter().ShouldBeFalse();
        _gate.Exit();
        _gate.TryEnter().ShouldBeTrue();
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
        _gate.Exit();
        _gate.TryEnter().ShouldBeFalse();
        running.Task.IsCompleted.ShouldBeFalse();
        _gate.Exit();
        await running.Task.WaitAsync(Eventually.Patience);
        _gate.TryEnter().ShouldBeFalse();
        _gate.TryEnterAnyway().ShouldBeFalse();

        finish.SetResult();
        (await quiesced.WaitAsync(Eventually.Patience)).ShouldBe(7);
        _gate.TryEnter().ShouldBeTrue();
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
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => quiesced.WaitAsync(Eventually.Patience));
        _gate.Exit();
        _gate.TryEnter().ShouldBeTrue();
    }

    [Fact]
    public async Task Close_RequestsInside_CompletesWhenTheLastHasLeft()
    {
        Fill();
        var closed = _gate.CloseAsync();
        _gate.TryEnter().ShouldBeFalse();
        _gate.TryEnterAnyway().ShouldBeFalse();
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
    public async Task Close_WhileQuiesced_StaysClosedWhenTheActionHasFinished()
    {
        var finish = new TaskCompletionSource<int>();
        var quiesced = _gate.RunQuiescedAsync(() => finish.Task, CancellationToken.None);
        await _gate.CloseAsync();
        finish.SetResult(1);
        (await quiesced.WaitAsync(Eventually.Patience)).ShouldBe(1);
        _gate.TryEnter().ShouldBeFalse();
    }

    private void Fill()
    {
        while (_gate.TryEnter())
        {
        }
    }
}
