using Serve.Routing;
using Serve.Routing.Load;
using Serve.Testing;

namespace Serve.Tests.Core.Routing.Load;

public sealed class LoadSamplerTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<(DateTimeOffset At, LoadReport Report)> _reports = [];
    private readonly LoadSampler _sampler;
    private readonly RouteTableFeed _feed;

    public LoadSamplerTests()
    {
        _sampler = new LoadSampler(_clock, report => _reports.Add((_clock.GetUtcNow(), report)));
        _feed = new RouteTableFeed(new RouterEnvironment(static route => new FakeReplica(route.Id), _clock) { Sampler = _sampler });
    }

    private DeploymentRouter Router => _feed.Current.Applications["app"].Find("Model")!;

    private DeploymentLoad Last => _reports[^1].Report.Deployments.Single();

    public ValueTask DisposeAsync() => _sampler.DisposeAsync();

    [Fact]
    public void Report_FirstRequest_ComesAtOnce()
    {
        Use(replicas: 1);
        Take();
        Pass(0);
        Last.Running.ShouldBe(1);
        Last.Queued.ShouldBe(0);
    }

    [Fact]
    public async Task Report_RequestsThatStay_AreSummedUpOverTime()
    {
        Use(replicas: 3);
        Take();
        Take();
        var lease = Take();
        var waiting = Router.AcquireAsync(default, CancellationToken.None).AsTask();
        Pass(10);
        lease.Dispose();
        await waiting.WaitAsync(Eventually.Patience);
        Pass(1);
        Last.Running.ShouldBe(3);
        Last.Queued.ShouldBe(0);
        Last.Completed.ShouldBe(1);
        // What the last report did not say goes on from there.
        var unsaid = (_clock.GetUtcNow() - _reports[^1].At).TotalSeconds;
        (Last.RunningSeconds + (3 * unsaid)).ShouldBe(33, tolerance: 0.2);
        Last.QueuedSeconds.ShouldBe(10, tolerance: 0.1);
    }

    [Fact]
    public void Report_NothingChanges_SaysNothing()
    {
        Use(replicas: 1);
        Take();
        Pass(60);
        _reports.Count.ShouldBe(1);
    }

    [Fact]
    public void Report_EverythingChangesAllTheTime_ComesTenTimesASecond()
    {
        Use(replicas: 1, maxOngoing: 1000);
        for (var i = 0; i < 1000; i++)
        {
            Take();
            Pass(0.002);
        }

        _reports.Count.ShouldBeInRange(18, 22);
    }

    [Fact]
    public void Report_ShortRequests_HaveTheRightMean()
    {
        Use(replicas: 1, maxOngoing: 100);
        var random = new Random(5);
        var busy = 0.0;
        for (var i = 0; i < 4000; i++)
        {
            Pass(random.NextDouble() * 0.09);
            var lease = Take();
            var time = random.NextDouble() * 0.02;
            busy += time;
            Pass(time);
            lease.Dispose();
        }

        Pass(1);
        Last.RunningSeconds.ShouldBe(busy, tolerance: busy / 10);
        Last.Completed.ShouldBe(4000);
        Last.Peak.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Report_RequestsWithoutAReplica_AreToldAtOnceByTheFirst()
    {
        Use(replicas: 1);
        Take();
        Pass(0);
        Use(replicas: 0);
        var waiting = Enumerable.Range(0, 1000).Select(_ => Router.AcquireAsync(default, CancellationToken.None).AsTask()).ToList();
        Pass(0);
        _reports.Count.ShouldBe(2);
        _reports[^1].Report.IsUrgent.ShouldBeTrue();
        Last.Queued.ShouldBe(1000);
        Pass(1);
        _reports.Count(entry => entry.Report.IsUrgent).ShouldBe(1);
        waiting.ShouldAllBe(task => !task.IsCompleted);
    }

    [Fact]
    public async Task Report_QueueThatIsGoneBeforeTheNextLook_IsSeenInThePeak()
    {
        Use(replicas: 1);
        Take();
        Pass(0.2);
        using (var stop = new CancellationTokenSource())
        {
            var waiting = Enumerable.Range(0, 20).Select(_ => Router.AcquireAsync(default, stop.Token).AsTask()).ToList();
            await stop.CancelAsync();
            foreach (var gone in waiting)
                await Should.ThrowAsync<OperationCanceledException>(gone);
        }

        Pass(0.2);
        Last.Peak.ShouldBe(21);
        Last.Queued.ShouldBe(0);
        Last.Completed.ShouldBe(0, "Who gave up waiting was not answered.");
    }

    [Fact]
    public async Task Report_RequestRefusedByItsReplica_CountsOnce()
    {
        Use(replicas: 2);
        var lease = Take();
        lease.Dispose();
        Pass(0.2);
        var second = await Router.AcquireAsync(new PickRequest().After(lease), CancellationToken.None);
        Pass(0.2);
        Last.Running.ShouldBe(1);
        second.Dispose();
        Pass(0.2);
        Last.Completed.ShouldBe(1);
        Last.Running.ShouldBe(0);
    }

    [Fact]
    public void Timer_NoRequests_DoesNotRun()
    {
        Use(replicas: 1);
        _clock.PendingTimers.ShouldBe(0);
        var lease = Take();
        Pass(1);
        _clock.PendingTimers.ShouldBe(1);
        lease.Dispose();
        Pass(1);
        _clock.PendingTimers.ShouldBe(0);
        Take();
        Pass(0);
        Last.Running.ShouldBe(1);
    }

    [Fact]
    public async Task Report_Latency_HasTheWaitAndIsForgottenAfterAWhile()
    {
        Use(replicas: 1);
        for (var i = 0; i < 40; i++)
        {
            var first = Take();
            var waiting = Router.AcquireAsync(default, CancellationToken.None).AsTask();
            Pass(0.3);
            Answer(first);
            var second = await waiting.WaitAsync(Eventually.Patience);
            Pass(0.1);
            Answer(second);
        }

        Pass(0.2);
        Last.LatencyP95!.Value.ShouldBeInRange(0.35, 0.4);
        Pass(60);
        Last.LatencyP95.ShouldBeNull();
        _clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public void Report_DeploymentDeleted_IsOver()
    {
        Use(replicas: 1);
        Take();
        Pass(0.2);
        _feed.Remove("app");
        Pass(0.2);
        Last.IsOver.ShouldBeTrue();
        Last.Running.ShouldBe(0);
        Pass(60);
        _clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public void Report_DeploymentDeletedAndBack_IsOfTheNewOne()
    {
        Use(replicas: 1);
        Take();
        Pass(0.2);
        _feed.Remove("app");
        Use(replicas: 1);
        Take();
        Pass(0.2);
        Last.IsOver.ShouldBeFalse();
        Last.Running.ShouldBe(1);
    }

    private void Use(int replicas, int maxOngoing = 1) => _feed.Update(new ApplicationRoutes(
        "app",
        "/",
        "Model",
        [new DeploymentRoutes("Model", maxOngoing, MaxQueuedRequests: -1, [.. Enumerable.Range(0, replicas).Select(number => new ReplicaRoute($"r{number}", "/none"))])]));

    private ReplicaLease Take()
    {
        Router.TryAcquire(default, out var lease).ShouldBeTrue();
        Router.Meter.OnRequest();
        return lease;
    }

    private static void Answer(ReplicaLease lease)
    {
        lease.RecordAnswer();
        lease.Dispose();
    }

    private void Pass(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
