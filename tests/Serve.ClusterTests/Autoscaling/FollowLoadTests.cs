using Serve.Status;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>The number of replicas follows the load, and only the load.</summary>
[Collection(AutoscalingDefinition.Name)]
public sealed class FollowLoadTests(AutoscalingFixture fixture)
{
    [Fact]
    public async Task Bursts_ShorterThanTheDownscaleDelay_KeepTheReplicas()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 4, "downscale_delay_s": 600 """);
        application.Hold(3);
        var replicas = await application.ReplicasAsync(3);
        for (var burst = 0; burst < 3; burst++)
        {
            await application.FinishAsync();
            await application.RuleAsync("down_delayed");
            application.Hold(3);
        }

        await application.FinishAsync();
        (await application.ReplicasAsync(3)).ShouldBe(replicas);
    }

    [Fact]
    public async Task Load_FallsInSteps_NumberFollowsToEachOfThem()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 6, "target_ongoing_requests": 2, "downscaling_factor": 0.4 """);
        application.Hold(9);
        await application.ReplicasAsync(5);
        application.Release(butFor: 3);
        await application.UntilAsync(async () => (await application.LoadAsync()).ReplicasTarget == 2);
        await application.FinishAsync();
        await application.ReplicasAsync(1);
    }

    [Fact]
    public async Task Update_OfTheProgram_KeepsTheNumberThatWasReached()
    {
        const string Autoscaling = """ "max_replicas": 4, "downscale_delay_s": 600 """;
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, Autoscaling);
        application.Hold(3);
        var before = await application.ReplicasAsync(3);
        await application.FinishAsync();
        await application.DeployAsync(Autoscaling, version: "2");
        (await application.Http.GetStringAsync("version")).ShouldBe("2");
        var after = await application.ReplicasAsync(3);
        after.Intersect(before).ShouldBeEmpty();
    }

    [Fact]
    public async Task Replicas_ThatStartSlowly_DoNotRaiseTheTarget()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 8, "downscale_delay_s": 600 """);
        application.Journal.Write("start", "held");
        application.Hold(3);
        // For a whole window nothing has changed but that requests wait for those starts.
        await application.UntilAsync(async () => (await application.AutoscalingAsync()).Now is { Rule: "enough", After: 2 or 3, ReplicasReady: 1, MeanOngoing: > 2.99 });
        application.Journal.Release("start");
        await application.ReplicasAsync(3);
        (await application.AutoscalingAsync()).Decisions.Max(decision => decision.After).ShouldBe(3);
        await application.FinishAsync();
    }

    [Fact]
    public async Task Upscaling_WithoutRoom_IsHealthyAgainWhenTheLoadHasGone()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 3 """, """, "ray_actor_options": {"num_cpus": 0, "resources": {"seat": 1}} """);
        (await application.StatusAsync()).ShouldBe(DeploymentStatus.HEALTHY);
        application.Hold(3);
        await application.UntilAsync(async () => await application.StatusAsync() == DeploymentStatus.UPSCALING && (await application.LoadAsync()) is { ReplicasTarget: > 1, ReplicasReady: 1 });
        var explained = await fixture.Server.CliAsync("explain", application.Name, application.Deployment);
        explained.Output.ShouldContain("seat", customMessage: explained.ToString());
        await application.FinishAsync();
        await application.UntilAsync(async () => await application.StatusAsync() == DeploymentStatus.HEALTHY);
        (await application.LoadAsync()).ReplicasTarget.ShouldBe(1);
    }
}
