using Serve.Testing;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>Deployments that have no replica while nobody asks.</summary>
[Collection(AutoscalingDefinition.Name)]
public sealed class ScaleToZeroTests(AutoscalingFixture fixture)
{
    [Fact]
    public async Task Request_ForADeploymentAtZero_IsAnsweredByANewReplicaThatGoesAgain()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "min_replicas": 0, "max_replicas": 2 """);
        await application.ReplicasAsync(0);
        var first = await application.Http.GetStringAsync("pid");
        await application.ReplicasAsync(0);
        var second = await application.Http.GetStringAsync("pid");
        second.ShouldNotBe(first);
        (await application.AutoscalingAsync()).Decisions.ShouldContain(decision => decision.Rule == "from_zero" && decision.Before == 0 && decision.After == 1);
    }

    [Fact]
    public async Task Crowd_DuringAColdStart_IsAnsweredByOneStart()
    {
        await using var application = await ScaledApplication.DeskAsync(
            fixture.Server, """ "min_replicas": 0, "max_replicas": 4, "upscale_delay_s": 600, "downscale_delay_s": 600, "initial_replicas": 0 """, """, "max_queued_requests": 2000 """);
        await application.ReplicasAsync(0);
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => application.Http.GetStringAsync("pid"))).WaitAsync(Eventually.Patience);
        answers.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        (await application.AutoscalingAsync()).Decisions.Count(decision => decision.After > decision.Before).ShouldBe(1);
    }
}
