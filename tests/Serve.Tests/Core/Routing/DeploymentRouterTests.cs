using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class DeploymentRouterTests : RouterTestBase
{
    [Fact]
    public async Task Acquire_FreeSlots_AreGivenAtOnce()
    {
        var replicas = Use(replicas: 2, maxOngoing: 2);
        for (var i = 0; i < 4; i++)
            await TakeAsync();
        replicas.ShouldAllBe(replica => replica.Ongoing == 2);
    }

    [Fact]
    public async Task Dispose_Lease_GivesItsSlotBack()
    {
        var replica = Use(replicas: 1).Single();
        var lease = await TakeAsync();
        lease.Replica.ShouldBe(replica);
        lease.Dispose();
        replica.Ongoing.ShouldBe(0);
        (await TakeAsync()).Replica.ShouldBe(replica);
    }

    [Fact]
    public async Task Acquire_CancelledBefore_TakesNoSlot()
    {
        var replica = Use(replicas: 1).Single();
        await Should.ThrowAsync<OperationCanceledException>(async () => await AcquireAsync(new CancellationToken(canceled: true)));
        replica.Ongoing.ShouldBe(0);
    }

    [Fact]
    public async Task Acquire_ReplicaThatRefused_AnotherIsTaken()
    {
        var replicas = Use(replicas: 2, maxOngoing: 10);
        for (var i = 0; i < 10; i++)
            (await Router.AcquireAsync(new PickRequest { Avoid = replicas[0] }, CancellationToken.None)).Replica.ShouldBe(replicas[1]);
        (await Router.AcquireAsync(new PickRequest { Avoid = replicas[0] }, CancellationToken.None)).Replica.ShouldBe(replicas[0]);
    }

    [Fact]
    public async Task Acquire_NoReplicaIsExpected_SaysWhy()
    {
        MakeUnavailable("its start failed.");
        var error = await Should.ThrowAsync<DeploymentUnavailableException>(async () => await AcquireAsync());
        error.Message.ShouldBe("Deployment 'Model' of application 'app' is not available: its start failed.");
    }

    [Fact]
    public async Task Acquire_AvailableAgain_Works()
    {
        MakeUnavailable("gone.");
        Use(replicas: 1);
        (await TakeAsync()).Dispose();
    }

    [Fact]
    public async Task Acquire_QueueIsFull_NamesWhatToChange()
    {
        Use(replicas: 2, maxOngoing: 3, maxQueued: 1);
        for (var i = 0; i < 6; i++)
            await TakeAsync();
        var waiting = AcquireAsync();
        var error = await Should.ThrowAsync<BackPressureException>(async () => await AcquireAsync());
        error.Message.ShouldBe(
            "Deployment 'Model' of application 'app' has 2 replicas with 3 requests each and 1 requests waiting (max_queued_requests); "
            + "try again later, or raise num_replicas, max_ongoing_requests or max_queued_requests.");
        waiting.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task MarkDown_Replica_IsLeftAloneForASecond()
    {
        var replicas = Use(replicas: 2, maxOngoing: 100);
        var lease = await TakeAsync();
        lease.MarkDown();
        lease.Dispose();
        for (var i = 0; i < 20; i++)
            (await TakeAsync()).Replica.ShouldNotBe(lease.Replica);
        Clock.Advance(TimeSpan.FromSeconds(0.999));
        lease.Replica.IsDown.ShouldBeTrue();
        Clock.Advance(TimeSpan.FromSeconds(0.001));
        lease.Replica.IsDown.ShouldBeFalse();
        (await TakeAsync()).Replica.ShouldBe(lease.Replica);
        replicas.ShouldContain(replica => replica == lease.Replica);
    }

    [Fact]
    public async Task MarkDown_OnlyReplica_WaitersGetItWhenItIsTriedAgain()
    {
        var replica = Use(replicas: 1, maxOngoing: 2).Single();
        using var lease = await TakeAsync();
        lease.MarkDown();
        lease.MarkDown();
        var waiting = AcquireAsync();
        waiting.IsCompleted.ShouldBeFalse();
        Clock.Advance(TimeSpan.FromSeconds(1));
        (await Soon(waiting)).Replica.ShouldBe(replica);
        Clock.PendingTimers.ShouldBe(0);
    }
}
