using Serve.Routing.Load;
using Serve.Server.Node.Load;
using Serve.Testing;

namespace Serve.Tests.Server.Node.Load;

public sealed class NodeLoadTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeLoad _load;
    private readonly IAsyncEnumerator<LoadReport> _reports;

    public NodeLoadTests()
    {
        _load = new NodeLoad(_clock);
        _reports = _load.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
    }

    [Fact]
    public async Task Follow_FromTheBeginning_HasAllThereIs()
    {
        _load.Open().Take(Report("Model", running: 2));
        _load.Open().Take(Report("Model", running: 3));
        _load.Open().Take(Report("Other", running: 1));
        var first = await NextAsync();
        first.IsFull.ShouldBeTrue();
        first.Deployments.ToDictionary(static load => load.Deployment, static load => load.Running).ShouldBe(
            new Dictionary<string, int> { ["Model"] = 5, ["Other"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Follow_Changes_ComeTogetherAfterAWhile()
    {
        var source = _load.Open();
        await NextAsync();
        source.Take(Report("Model", running: 1));
        (await NextAsync()).Deployments.Single().Running.ShouldBe(1);
        var next = MoveNextAsync();
        source.Take(Report("Model", running: 2));
        source.Take(Report("Model", running: 3));
        await Eventually.TrueAsync(() => _clock.PendingTimers > 0);
        next.IsCompleted.ShouldBeFalse();
        _clock.Advance(LoadSampler.ReportInterval);
        var report = await next.WaitAsync(Eventually.Patience);
        report.Deployments.Single().Running.ShouldBe(3);
        report.IsFull.ShouldBeFalse();
    }

    [Fact]
    public async Task Follow_UrgentWord_DoesNotWait()
    {
        var source = _load.Open();
        await NextAsync();
        source.Take(Report("Model", running: 1));
        await NextAsync();
        var next = MoveNextAsync();
        source.Take(Report("Model", running: 0, queued: 1) with { IsUrgent = true });
        (await next.WaitAsync(Eventually.Patience)).IsUrgent.ShouldBeTrue();
    }

    [Fact]
    public async Task Follow_SourceEnds_WhatItHadIsGone()
    {
        var worker = _load.Open();
        worker.Take(Report("Model", running: 4, completed: 10));
        _load.Open().Take(Report("Model", running: 1));
        await NextAsync();
        worker.Dispose();
        var load = (await NextAsync()).Deployments.Single();
        load.Running.ShouldBe(1);
        load.Completed.ShouldBe(10);
        // Words that were still under way.
        worker.Take(Report("Model", running: 4));
        _load.Open().Take(Report("Other", running: 1));
        (await NextAsync()).Deployments.ShouldAllBe(static other => other.Deployment == "Other");
    }

    [Fact]
    public async Task Follow_NobodyHasTheDeploymentAnyMore_IsSaidOnce()
    {
        var worker = _load.Open();
        worker.Take(Report("Model", running: 4));
        await NextAsync();
        worker.Dispose();
        var load = (await NextAsync()).Deployments.Single();
        load.IsOver.ShouldBeTrue();
        load.Running.ShouldBe(0);
        await using var second = _load.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
        await second.MoveNextAsync();
        second.Current.Deployments.ShouldBeEmpty();
    }

    [Fact]
    public async Task Follow_NothingChanges_NoTimerRuns()
    {
        (await MoveNextAsync()).IsFull.ShouldBeTrue();
        var next = MoveNextAsync();
        _clock.PendingTimers.ShouldBe(0);
        next.IsCompleted.ShouldBeFalse();
    }

    private static LoadReport Report(string deployment, int running, int queued = 0, long completed = 0) =>
        new([new DeploymentLoad("app", deployment) { Running = running, Queued = queued, Completed = completed, Peak = running + queued }]);

    /// <summary>The next report, however long it takes by the clock.</summary>
    private async Task<LoadReport> NextAsync()
    {
        var next = MoveNextAsync();
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(LoadSampler.ReportInterval);
            return next.IsCompleted;
        });
        return await next;
    }

    private async Task<LoadReport> MoveNextAsync()
    {
        (await _reports.MoveNextAsync()).ShouldBeTrue();
        return _reports.Current;
    }
}
