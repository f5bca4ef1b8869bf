using System.Diagnostics;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>What counts as load, and for how long.</summary>
[Collection(AutoscalingDefinition.Name)]
public sealed class LoadSourceTests(AutoscalingFixture fixture)
{
    [Fact]
    public async Task Caller_IsKilled_ItsCallsAreNoLoadAnyMore()
    {
        await using var application = await ScaledApplication.OfficeAsync(fixture.Server, """ "max_replicas": 4 """);
        application.Hold(3, "archive");
        await application.ReplicasAsync(3);
        using (var caller = Process.GetProcessById((await application.ProcessesAsync("Office")).Single()))
            caller.Kill();
        await application.LoseAsync();
        await application.ReplicasAsync(1);
        (await application.LoadAsync()).ShouldSatisfyAllConditions(load => load.Running.ShouldBe(0), load => load.Queued.ShouldBe(0));
    }

    [Fact]
    public async Task Calls_ThatWaitForTheirArgument_AreNoLoadOfTheDeploymentBehind()
    {
        await using var application = await ScaledApplication.OfficeAsync(fixture.Server, """ "max_replicas": 4 """);
        application.Hold(6, "after");
        // For a whole window the clerk has had them all.
        await application.UntilAsync(async () => (await fixture.Server.Admin.LoadAsync(application.Name, CancellationToken.None)).Deployments.Single(one => one.Deployment == "Clerk").MeanOngoing > 5.9);
        (await application.LoadAsync()).ShouldSatisfyAllConditions(load => load.MeanOngoing.ShouldBe(0), load => load.ReplicasTarget.ShouldBe(1));
        (await application.AutoscalingAsync()).Decisions.Max(decision => decision.After).ShouldBe(1);
        await application.FinishAsync();
    }
}
