using System.Diagnostics;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>The program's own classes decide.</summary>
[Collection(AutoscalingDefinition.Name)]
public sealed class PolicyTests(AutoscalingFixture fixture)
{
    private const string OwnPolicy = """ "max_replicas": 6, "policy": {"policy_function": "Serve.TestProgram.Autoscaling.WantedPolicy", "policy_kwargs": {"at_least": 2}} """;

    [Fact]
    public async Task Policy_OfTheProgram_DecidesByWhatReplicasRecordUntilItIsTakenAway()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, OwnPolicy);
        await application.ReplicasAsync(2);
        (await application.Http.GetAsync("record?name=wanted&value=3")).EnsureSuccessStatusCode();
        await application.ReplicasAsync(3);
        (await application.AutoscalingAsync()).Now!.Signal.ShouldBe("policy");
        // Without it, load decides: there is none.
        await application.DeployAsync(""" "max_replicas": 6 """);
        await application.ReplicasAsync(1);
        // What is left may be the replica that wanted three.
        (await application.Http.GetAsync("record?name=wanted&value=0")).EnsureSuccessStatusCode();
        await application.DeployAsync(OwnPolicy);
        await application.ReplicasAsync(2);
    }

    [Fact]
    public async Task Policy_Fails_LastGoodDecisionStaysAndTheFailureIsShown()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, OwnPolicy);
        await application.ReplicasAsync(2);
        (await application.Http.GetAsync("record?name=broken&value=7")).EnsureSuccessStatusCode();
        await application.UntilAsync(async () => (await fixture.Server.CliAsync("explain", application.Name, application.Deployment)).Output.Contains("7 is broken", StringComparison.Ordinal));
        (await application.LoadAsync()).ReplicasTarget.ShouldBe(2);
    }

    [Fact]
    public async Task Policy_OfTheApplication_DecidesForADeploymentByAnothersLoad()
    {
        await using var application = await ScaledApplication.OfficeAsync(fixture.Server, """ "max_replicas": 1 """);
        await application.DeployAsync(
            """ "max_replicas": 1 """,
            application: """, "autoscaling_policy": {"policy_function": "Serve.TestProgram.Autoscaling.ClerksForTheArchive"} """,
            others: """, {"name": "Clerk", "autoscaling_config": {"max_replicas": 4, "look_back_period_s": 1, "upscale_delay_s": 0}} """);
        application.Hold(3, "archive");
        await application.UntilAsync(async () => (await application.ProcessesAsync("Clerk")).Count == 3);
        (await application.LoadAsync()).ReplicasTarget.ShouldBe(1);
        await application.FinishAsync();
    }

    [Fact]
    public async Task Policy_ReplicaThatDecidesIsKilled_AnotherOneGoesOnWithWhatItRemembered()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 6, "policy": {"policy_function": "Serve.TestProgram.Autoscaling.RelayPolicy"} """);
        var replicas = await application.ReplicasAsync(2);
        var decider = replicas.Single(process => application.Journal.Has($"process{process}", "decided"));
        using (var process = Process.GetProcessById(decider))
            process.Kill();
        // One more for each process that has ever decided.
        (await application.ReplicasAsync(3)).ShouldNotContain(decider);
    }

    [Fact]
    public async Task Metric_ThatIsNoNumber_IsLeftOutAndCounted()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, OwnPolicy);
        await application.ReplicasAsync(2);
        (await application.Http.GetAsync("record?name=wanted&value=NaN")).EnsureSuccessStatusCode();
        using var admin = new HttpClient { BaseAddress = fixture.Server.AdminAddress };
        await application.UntilAsync(async () => (await admin.GetStringAsync("/metrics")).Split('\n').Any(line =>
            line.StartsWith("serve_record_autoscaling_stats_failed_total", StringComparison.Ordinal) && line.Contains(application.Name, StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal)));
        (await application.LoadAsync()).ReplicasTarget.ShouldBe(2);
    }
}
