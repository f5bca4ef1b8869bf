using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Status;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller;

/// <summary>Scaling by request: a new revision that touches no replica but those that come or go.</summary>
public sealed class ScaleTests
{
    [Fact]
    public async Task Scale_UpAndDown_TouchesOnlyReplicasThatComeOrGo()
    {
        var cluster = await RunningAsync(replicas: 2);
        var first = cluster.Replicas("shop", "Api").Select(replica => replica.Id).ToList();
        cluster.Written.Clear();
        (await cluster.ScaleAsync("shop", "Api", 4)).ShouldBeNull();
        cluster.Find("shop", "Api").Condition.Status.ShouldBe(DeploymentStatus.UPSCALING);
        await cluster.SettleAsync();
        cluster.Find("shop", "Api").Condition.Trigger.ShouldBe(DeploymentStatusTrigger.UPSCALE_COMPLETED);
        cluster.Replicas("shop", "Api").Count.ShouldBe(4);
        cluster.Written.Intersect(first.Select(id => ClusterKeys.DesiredReplica("node1", id))).ShouldBeEmpty();
        cluster.Written.ShouldNotContain(ClusterKeys.DesiredProgram("node1", "shop"), "the program is the same");

        (await cluster.ScaleAsync("shop", "Api", 1)).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(1);
        cluster.State.Applications["shop"].Revision.ShouldBe(3);
    }

    [Fact]
    public async Task Scale_ToTheNumberThatItHas_IsNoNewRevision()
    {
        var cluster = await RunningAsync(replicas: 2);
        (await cluster.ScaleAsync("shop", "Api", 2)).ShouldBeNull();
        cluster.State.Applications["shop"].Revision.ShouldBe(1);
    }

    [Fact]
    public async Task Scale_ThenControllerRestarts_NumberStays()
    {
        var cluster = await RunningAsync(replicas: 2);
        await cluster.ScaleAsync("shop", "Api", 3);
        await cluster.SettleAsync();
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
        cluster.State.Applications["shop"].Job.ShouldBeNull("the scaled revision needs no new description");
    }

    [Fact]
    public async Task Scale_OtherOptionsOfTheDeployment_Stay()
    {
        var cluster = await RunningAsync(replicas: 1, new DeploymentOptions { Name = "Api", MaxOngoingRequests = 7 });
        await cluster.ScaleAsync("shop", "Api", 2);
        var options = cluster.State.Applications["shop"].Spec.Deployments.Single();
        (options.Name, options.MaxOngoingRequests, options.NumReplicas?.Number).ShouldBe(("Api", 7, 2));
    }

    [Fact]
    public async Task Scale_WithinBounds_MovesTheNumberAndStaysOverARestart()
    {
        var bounds = new DeploymentOptions { Name = "Api", Autoscaling = new AutoscalingOptions { MinReplicas = 1, MaxReplicas = 4 } };
        var cluster = await FakeCluster.StartAsync();
        cluster.Programs.Put("/p", FakeProgram.Of("v1", FakeProgram.Ingress("Api")));
        await cluster.DeployAsync(FakeCluster.App("shop", "/p", overrides: bounds));
        await cluster.SettleAsync();
        (await cluster.ScaleAsync("shop", "Api", 3)).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
        cluster.State.Applications["shop"].Revision.ShouldBe(1);
        (await cluster.ScaleAsync("shop", "Api", 5))!.Message.ShouldBe("The deployment 'Api' has between 1 and 4 replicas (autoscaling_config); 5 is outside.");
    }

    [Fact]
    public async Task Scale_ManyTimes_LeavesRoomInTheHistoryForOtherChanges()
    {
        var cluster = await RunningAsync(replicas: 1);
        for (var replicas = 2; replicas < 40; replicas++)
            await cluster.ScaleAsync("shop", "Api", 1 + (replicas % 2));
        var history = cluster.State.Applications["shop"].History;
        history.Values.Select(revision => $"{revision.Number} {revision.Kind} {revision.By}").ShouldBe(["1 Deployed ", "38 Scaled ada"]);
        history[38].WasRunning.ShouldBeTrue("its program is the one that was running");
        cluster.Store.Entries(ClusterKeys.Revisions).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Scale_ThenRolledBack_HasTheNumberOfBefore()
    {
        var cluster = await RunningAsync(replicas: 2);
        await cluster.ScaleAsync("shop", "Api", 4);
        await cluster.SettleAsync();
        (await cluster.RollBackAsync("shop")).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Scale_NewVersionNeverStarts_VersionBeforeIsScaled()
    {
        var cluster = await RunningAsync(replicas: 2);
        var broken = cluster.Programs.Put("/p", FakeProgram.Of("v2", FakeProgram.Ingress("Api", 2)));
        broken.Start = static _ => FakeStart.Fails;
        await cluster.SubmitAsync(FakeCluster.App("shop", "/p"));
        await cluster.SettleAsync();
        (await cluster.ScaleAsync("shop", "Api", 4)).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count(replica => replica.Desired.Program.Version == "v1").ShouldBe(4);
        await cluster.RestartControllerAsync();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count(replica => replica.Desired.Program.Version == "v1").ShouldBe(4);
    }

    [Fact]
    public async Task Scale_LastSubmissionFailed_ScalesWhatRunsAndKeepsTheFailure()
    {
        var cluster = await RunningAsync(replicas: 1);
        await cluster.SubmitAsync(FakeCluster.App("shop", "/nothing"));
        await cluster.SettleAsync();
        (await cluster.ScaleAsync("shop", "Api", 3)).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
        cluster.State.Applications["shop"].Failure!.ShouldContain("/nothing");
        cluster.State.Applications["shop"].Spec.ImportPath.ShouldBe("/nothing");
    }

    [Fact]
    public async Task Scale_DuringARollout_NewNumberHoldsForTheNewVersion()
    {
        var cluster = await RunningAsync(replicas: 2);
        cluster.Programs.Put("/p", FakeProgram.Of("v2", FakeProgram.Ingress("Api", 2)));
        await cluster.SubmitAsync(FakeCluster.App("shop", "/p"));
        while (cluster.State.Applications["shop"].Job is not null)
            (await cluster.StepAsync()).ShouldBeTrue();
        (await cluster.ScaleAsync("shop", "Api", 3)).ShouldBeNull();
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(3);
        cluster.Replicas("shop", "Api").ShouldAllBe(replica => replica.Desired.Program.Version == "v2");
    }

    private static async Task<FakeCluster> RunningAsync(int replicas, params IReadOnlyList<DeploymentOptions> overrides)
    {
        var cluster = await FakeCluster.StartAsync();
        cluster.Programs.Put("/p", FakeProgram.Of("v1", FakeProgram.Ingress("Api", replicas)));
        await cluster.SubmitAsync(FakeCluster.App("shop", "/p", overrides: overrides));
        await cluster.SettleAsync();
        cluster.Replicas("shop", "Api").Count.ShouldBe(replicas);
        return cluster;
    }
}
