using Serve.Routing;
using Serve.Telemetry;
using Serve.Telemetry.Metrics;
using Serve.Tests.Core.Routing;

namespace Serve.Tests.Core.Telemetry;

/// <summary>What a router counts of the requests that ask it for a replica.</summary>
public sealed class RouterMeterTests : IDisposable
{
    private readonly string _application = $"shop{Guid.NewGuid():N}";
    private readonly MetricCollector _collector = new(MeterScope.Server, []);
    private readonly RouteTableFeed _table = new(static route => new FakeReplica(route.Id), TimeProvider.System);

    private string Labels => $$"""{application="{{_application}}",deployment="Api",source="proxy"}""";

    private string Page => ExpositionFormat.Write(MetricFamily.Merge(_collector.Collect(), out _), isOpenMetrics: false);

    public void Dispose() => _collector.Dispose();

    [Fact]
    public async Task Requests_ThatWaitAndGiveUp_AreCountedAndTheGaugesFallBack()
    {
        Publish(maxQueued: 1);
        var router = _table.Current.Applications[_application].Find("Api")!;
        var lease = await router.AcquireAsync(default, CancellationToken.None);
        using var gone = new CancellationTokenSource();
        var waiting = router.AcquireAsync(default, gone.Token).AsTask();
        await Should.ThrowAsync<BackPressureException>(() => router.AcquireAsync(default, CancellationToken.None).AsTask());
        Page.ShouldContain($"serve_deployment_queued_queries{Labels} 1");
        Page.ShouldContain($"serve_num_ongoing_requests_at_replicas{Labels} 1");
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        lease.Dispose();
        Page.ShouldContain($"serve_deployment_queued_queries{Labels} 0");
        Page.ShouldContain($"serve_num_ongoing_requests_at_replicas{Labels} 0");
        Page.ShouldContain($"serve_num_router_requests_total{Labels} 3");
        Page.ShouldContain($$"""serve_router_refusals_total{application="{{_application}}",deployment="Api",source="proxy",reason="queue_full"} 1""");
        Page.ShouldContain($$"""serve_router_refusals_total{application="{{_application}}",deployment="Api",source="proxy",reason="cancelled"} 1""");
    }

    [Fact]
    public async Task Request_ThatWaited_ShowsHowLong()
    {
        Publish(maxQueued: 1);
        var router = _table.Current.Applications[_application].Find("Api")!;
        var lease = await router.AcquireAsync(default, CancellationToken.None);
        var waiting = router.AcquireAsync(default, CancellationToken.None).AsTask();
        lease.Dispose();
        (await waiting).Dispose();
        Page.ShouldContain($"serve_request_router_fulfillment_time_seconds_count{Labels} 1");
    }

    [Fact]
    public void Application_Removed_ItsSeriesAreGone()
    {
        Publish(maxQueued: 1);
        Page.ShouldContain(_application);
        _table.Remove(_application);
        _collector.Collect();
        Page.ShouldNotContain(_application);
    }

    private void Publish(int maxQueued) =>
        _table.Update(new ApplicationRoutes(_application, "/", "Api", [new DeploymentRoutes("Api", MaxOngoingRequests: 1, maxQueued, [new ReplicaRoute($"{_application}#Api#1-1", "")])]));
}
