using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;
using Serve.Status;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller.Autoscaling;

/// <summary>Load moves the number of replicas of a whole cluster, in one thread.</summary>
public sealed class AutoscaleScenarioTests
{
    private static readonly AutoscalingOptions Prompt = new()
    {
        MinReplicas = 0,
        MaxReplicas = 6,
        TargetOngoingRequests = 1,
        LookBackPeriod = TimeSpan.FromSeconds(2),
        UpscaleDelay = TimeSpan.Zero,
        DownscaleDelay = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public async Task Load_ComesAndGoes_ReplicasFollowToZeroAndBack()
    {
        var service = await ScaledService.StartAsync(Prompt);
        service.Ready.ShouldBe(0);
        service.Status.ShouldBe(DeploymentStatus.HEALTHY);
        service.Cluster.Routed("shop", "Api").ShouldBeEmpty();
        await service.LoadAsync(FakeLoad.Waiting(3));
        service.Ready.ShouldBe(1);
        await service.LoadAsync(FakeLoad.Steady(4));
        service.Ready.ShouldBe(4);
        service.Cluster.Routed("shop", "Api").Count.ShouldBe(4);
        service.Cluster.StatusOf("shop").ShouldBe(ApplicationStatus.RUNNING);
        await service.LoadAsync(LoadFigures.None);
        await service.PassAsync(30);
        service.Ready.ShouldBe(0);
        service.Cluster.Find("shop", "Api").Condition.Trigger.ShouldBe(DeploymentStatusTrigger.DOWNSCALE_COMPLETED);
        service.Cluster.State.Applications["shop"].Revision.ShouldBe(1, "what load does is no revision");
    }

    [Fact]
    public async Task Replicas_TakeLongToStart_TheTargetIsWhatTheLoadNeedsAndNoMore()
    {
        var service = await ScaledService.StartAsync(Prompt with { MinReplicas = 1 });
        service.Program.Start = static id => id.Number > 1 ? FakeStart.Hangs : FakeStart.Ready;
        for (var round = 0; round < 100; round++)
        {
            await service.LoadAsync(FakeLoad.Steady(3) with { Queued = round });
            service.Target.ShouldBeLessThanOrEqualTo(6);
        }

        service.Program.Start = static _ => FakeStart.Ready;
        await service.LoadAsync(FakeLoad.Steady(3));
        service.Cluster.Alive.Count.ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public async Task Controller_Restarts_NumberStaysUntilEveryNodeHasSpoken()
    {
        var service = await ScaledService.StartAsync(Prompt);
        await service.LoadAsync(FakeLoad.Steady(5));
        service.Ready.ShouldBeGreaterThan(0);
        var before = service.Target;
        await service.RestartControllerAsync();
        service.Load.IsKnown = false;
        await service.LoadAsync(LoadFigures.None);
        await service.PassAsync(3600);
        service.Target.ShouldBe(before);
        service.Load.IsKnown = true;
        await service.PassAsync(60);
        service.Target.ShouldBe(0);
    }

    [Fact]
    public async Task Submission_Again_KeepsTheNumberThatTheLoadHasReached()
    {
        var service = await ScaledService.StartAsync(Prompt with { InitialReplicas = 1 });
        await service.LoadAsync(FakeLoad.Steady(5));
        service.Target.ShouldBe(5);
        await service.SubmitAsync(Prompt with { InitialReplicas = 1, UpscalingFactor = 2 });
        service.Target.ShouldBe(5);
        service.Cluster.Replicas("shop", "Api").Count.ShouldBe(5);
        service.Cluster.State.Applications["shop"].Revision.ShouldBe(2);
    }

    [Fact]
    public async Task NoRoom_ForWhatTheLoadNeeds_IsHealthyAgainWhenTheLoadHasGone()
    {
        var service = await ScaledService.StartAsync(Prompt with { MinReplicas = 1 }, cpus: 2);
        await service.LoadAsync(FakeLoad.Steady(5));
        service.Status.ShouldBe(DeploymentStatus.UPSCALING);
        (service.Ready, service.Target).ShouldBe((2, 5));
        await service.LoadAsync(LoadFigures.None);
        await service.PassAsync(30);
        service.Status.ShouldBe(DeploymentStatus.HEALTHY);
        service.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task TargetCapacity_UpAndDown_BoundsAndInitialNumberFollow()
    {
        var bounds = Prompt with { MinReplicas = 2, InitialReplicas = 4, MaxReplicas = 6 };
        var service = await ScaledService.StartAsync(bounds, cpus: 32);
        service.Target.ShouldBe(4);
        await service.PassAsync(60);
        service.Target.ShouldBe(2, "the initial number is for the first deploy");
        foreach (var (percent, least) in new[] { (50.0, 1), (0, 0), (50, 2), (100, 4) })
        {
            await service.Cluster.DeployAsync(new ClusterOptions(percent, Logging: null), service.App(bounds));
            await service.PassAsync(60);
            service.Target.ShouldBe(least, $"{percent} %");
            await service.RestartControllerAsync();
            await service.PassAsync(60);
            service.Target.ShouldBe(least, $"{percent} %, after another controller took over");
        }

        await service.Cluster.DeployAsync(new ClusterOptions(0, Logging: null), service.App(bounds));
        await service.LoadAsync(FakeLoad.Steady(5));
        await service.PassAsync(60);
        service.Target.ShouldBe(0, "no load brings back what has no capacity");
    }

    [Fact]
    public async Task Schedule_WindowBeginsAndEnds_BoundsHoldInIt()
    {
        // The clock begins on Thursday, at midnight.
        var service = await ScaledService.StartAsync(Prompt with { Schedules = [new ScheduleOptions { Cron = "0 8 * * mon-fri", Duration = TimeSpan.FromHours(10), MinReplicas = 3, MaxReplicas = 8 }] }, cpus: 32);
        service.Target.ShouldBe(0);
        await service.PassAsync((8 * 3600) + 1);
        service.Target.ShouldBe(3);
        await service.LoadAsync(FakeLoad.Steady(20));
        service.Target.ShouldBe(8);
        await service.SubmitAsync(Prompt with { Schedules = [new ScheduleOptions { Cron = "0 8 * * mon-fri", Duration = TimeSpan.FromHours(10), MinReplicas = 3, MaxReplicas = 7 }] });
        service.Target.ShouldBe(7, "also a new submission knows what hour it is");
        await service.PassAsync((10 * 3600) + 1);
        service.Target.ShouldBe(6);
        service.Rounds.Decisions.Of(new("shop", "Api")).ShouldContain(logged => logged.Decision.Rule == ScalingRule.Bounds && logged.Decision.After == 6);
    }

    [Fact]
    public async Task Rollout_WhileLoadGrows_NewNumberHoldsForTheNewVersion()
    {
        var service = await ScaledService.StartAsync(Prompt, cpus: 32);
        await service.LoadAsync(FakeLoad.Steady(3));
        service.Cluster.Programs.Put("/p", FakeProgram.Of("v2", FakeProgram.Ingress("Api")));
        await service.Cluster.SubmitAsync(service.App(Prompt));
        while (service.Cluster.State.Applications["shop"].Job is not null)
            await service.Cluster.StepAsync();
        await service.LoadAsync(FakeLoad.Steady(5));
        service.Ready.ShouldBe(5);
        service.Cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Program.Version == "v2");
    }

    [Fact]
    public async Task Decision_OfAMomentAgo_ChangesNothingWhereTheNumberIsAnother()
    {
        var service = await ScaledService.StartAsync(Prompt);
        await service.LoadAsync(FakeLoad.Steady(3));
        (await service.AutoscaleAsync(from: 2, to: 5))!.Message.ShouldBe("The deployment 'shop#Api' has 3 replicas by now, not 2.");
        (await service.AutoscaleAsync(from: 3, to: 7))!.Message.ShouldBe("The deployment 'shop#Api' has between 0 and 6 replicas by now; 7 is outside.");
        service.Target.ShouldBe(3);
    }

    [Fact]
    public async Task Decisions_AreKept_WithWhatTheyWereMadeFrom()
    {
        var service = await ScaledService.StartAsync(Prompt);
        await service.LoadAsync(FakeLoad.Waiting(1));
        await service.LoadAsync(FakeLoad.Steady(1));
        await service.LoadAsync(FakeLoad.Steady(4));
        for (var i = 0; i < 100; i++)
            await service.LoadAsync(FakeLoad.Steady(4));
        var decisions = service.Rounds.Decisions.Of(new("shop", "Api"));
        decisions.Select(logged => $"{logged.Decision.Rule} {logged.Decision.Before} {logged.Decision.After}").Take(3).ShouldBe(["Enough 4 4", "Up 1 4", "Enough 1 1"]);
        decisions.ShouldContain(logged => logged.Decision.Rule == ScalingRule.FromZero && logged.Decision.After == 1);
        decisions[0].Times.ShouldBeGreaterThan(99);
        decisions[1].Decision.Load.Arrivals.ShouldBe(40);
        DecisionText.Of(decisions[1].Decision).ShouldBe("From 1 to 4 replicas: 4 are needed for 40 requests a second, 4 running and 0 waiting now, with 1 for each replica.");
    }

    [Fact]
    public async Task Deployment_Deleted_NothingIsRememberedOfIt()
    {
        var service = await ScaledService.StartAsync(Prompt);
        await service.LoadAsync(FakeLoad.Steady(4));
        await service.Cluster.DeleteAsync("shop");
        await service.PassAsync(60);
        service.Cluster.State.Applications.ShouldBeEmpty();
        service.Rounds.Decisions.Of(new("shop", "Api")).ShouldBeEmpty();
    }
}
