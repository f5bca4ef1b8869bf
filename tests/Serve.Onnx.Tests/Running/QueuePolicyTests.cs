using Serve.Testing;

namespace Serve.Onnx.Tests.Running;

/// <summary>Priorities and queue policies of a configuration. What runs is a model that says who shares its batch, while one long call keeps its only instance busy.</summary>
[Collection(AloneCollection.Name)]
public sealed class QueuePolicyTests : IDisposable
{
    private const string Levels = "priority_levels: 2 default_priority_level: 2";

    private readonly CancellationTokenSource _block = new();

    public void Dispose() => _block.Dispose();

    [Fact]
    public async Task Run_UrgentOneCameLast_IsTheFirstOfTheNextBatch()
    {
        await using var fixture = await OpenAsync(Levels);
        var block = await fixture.BlockAsync(_block.Token);
        var calls = new[] { fixture.KeepCompanyAsync(1), fixture.KeepCompanyAsync(2, priority: 2), fixture.KeepCompanyAsync(3), fixture.KeepCompanyAsync(4, priority: 1) };

        await UnblockAsync(block);

        var seen = await Task.WhenAll(calls).WaitAsync(Eventually.Patience);
        seen.ShouldBe([[4, 1], [2, 3], [2, 3], [4, 1]]);
        fixture.Runner.Statistics.Starts.ShouldBe(new Dictionary<string, long> { ["greedy"] = 1, ["full"] = 2 }, ignoreOrder: true);
        fixture.Runner.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Run_WaitedForTooLongWithDelay_GoesBehindTheOthers()
    {
        await using var fixture = await OpenAsync("default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 500000 }");
        var block = await fixture.BlockAsync(_block.Token);
        var late = fixture.KeepCompanyAsync(1);
        fixture.Advance(TimeSpan.FromSeconds(0.5));
        var calls = new[] { fixture.KeepCompanyAsync(2), fixture.KeepCompanyAsync(3), fixture.KeepCompanyAsync(4) };

        await UnblockAsync(block);

        (await Task.WhenAll(calls).WaitAsync(Eventually.Patience)).ShouldBe([[2, 3], [2, 3], [4, 1]]);
        (await late).ShouldBe([4, 1]);
    }

    [Fact]
    public async Task Run_PriorityThatThereIsNot_IsRefused()
    {
        await using var fixture = await OpenAsync(Levels);

        (await Should.ThrowAsync<OnnxInputException>(fixture.KeepCompanyAsync(1, priority: 3))).Message
            .ShouldBe("The model 'company' was called with the priority 3; it must be from 1, the most urgent, to 2, or 0 for 2.");
        await Should.ThrowAsync<OnnxInputException>(fixture.KeepCompanyAsync(1, priority: -1));
    }

    [Fact]
    public async Task Run_PriorityWhereThereAreNoLevels_MeansNothing()
    {
        await using var fixture = await OpenAsync("");

        (await fixture.KeepCompanyAsync(1, priority: 7)).ShouldBe([1]);
    }

    [Fact]
    public async Task Run_OneLevelIsFull_OthersAreLetIn()
    {
        await using var fixture = await OpenAsync($"{Levels} priority_queue_policy {{ key: 2 value {{ max_queue_size: 1 }} }}");
        var block = await fixture.BlockAsync(_block.Token);
        var waiting = fixture.KeepCompanyAsync(1);

        (await Should.ThrowAsync<BackPressureException>(fixture.KeepCompanyAsync(2))).Message
            .ShouldBe("The queue of the model 'company' for priority 2 is full: 1 calls wait, as many as its 'max_queue_size' allows.");
        var urgent = fixture.KeepCompanyAsync(3, priority: 1);

        await UnblockAsync(block);
        (await Task.WhenAll(waiting, urgent).WaitAsync(Eventually.Patience)).ShouldBe([[3, 1], [3, 1]]);
    }

    [Fact]
    public async Task Run_TimeoutOfOneLevel_IsForThatOneOnly()
    {
        await using var fixture = await OpenAsync($"{Levels} max_queue_delay_microseconds: 2000000 priority_queue_policy {{ key: 2 value {{ default_timeout_microseconds: 1000000 }} }}", rows: 3);
        var urgent = fixture.KeepCompanyAsync(1, priority: 1);
        var other = fixture.KeepCompanyAsync(2);

        fixture.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<RequestTimeoutException>(other.WaitAsync(Eventually.Patience));
        urgent.IsCompleted.ShouldBeFalse();
        fixture.Advance(TimeSpan.FromSeconds(1));
        (await urgent.WaitAsync(Eventually.Patience)).ShouldBe([1]);
        fixture.Runner.Statistics.Starts.ShouldBe(new Dictionary<string, long> { ["delay"] = 1 });
    }

    [Fact]
    public async Task Run_TimeoutInTheMomentInWhichItsBatchBegins_IsATimeout()
    {
        InterruptedTimers? timers = null;
        await using var fixture = await RunnerFixture.CreateAsync(
            "company", "max_batch_size: 2 dynamic_batching { default_queue_policy { default_timeout_microseconds: 1000000 } }", clock => timers = new InterruptedTimers(clock));
        var block = await fixture.BlockAsync(_block.Token);
        var late = fixture.KeepCompanyAsync(1);

        timers!.InterruptNext(() =>
        {
            _block.Cancel();
            SpinWait.SpinUntil(() => late.IsCompleted, Eventually.Patience).ShouldBeTrue();
        });
        fixture.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<RequestTimeoutException>(late.WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<OperationCanceledException>(block.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Run_InOrder_OnlyAnswersWaitForThoseBefore()
    {
        await using var fixture = await RunnerFixture.CreateAsync(
            "company", "max_batch_size: 1 dynamic_batching { preserve_ordering: true default_queue_policy { max_queue_size: 1 } } instance_group { count: 2 }");
        var block = await fixture.BlockAsync(_block.Token);
        using var cancellation = new CancellationTokenSource();
        var early = fixture.KeepCompanyAsync(1, cancellationToken: cancellation.Token);
        await Eventually.TrueAsync(() => fixture.Runner.Statistics.Executions == 1);
        var otherBlock = fixture.KeepCompanyAsync(long.MaxValue, cancellationToken: _block.Token);
        await Eventually.TrueAsync(() => fixture.Runner.Statistics.Queue.Count == 3);
        var waiting = fixture.KeepCompanyAsync(2);

        await Should.ThrowAsync<BackPressureException>(fixture.KeepCompanyAsync(3).WaitAsync(Eventually.Patience));
        early.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(early.WaitAsync(Eventually.Patience));
        await UnblockAsync(block);
        await Should.ThrowAsync<OperationCanceledException>(otherBlock.WaitAsync(Eventually.Patience));
        (await waiting.WaitAsync(Eventually.Patience)).ShouldBe([2]);
    }

    private static Task<RunnerFixture> OpenAsync(string batching, int rows = 2) => RunnerFixture.CreateAsync("company", $"max_batch_size: {rows} dynamic_batching {{ {batching} }}");

    private async Task UnblockAsync(Task block)
    {
        await _block.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(block.WaitAsync(Eventually.Patience));
    }
}
