using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class DeploymentRouterQueueTests : RouterTestBase
{
    [Fact]
    public async Task Acquire_AllSlotsTaken_FirstComeFirstServed()
    {
        Use(replicas: 1);
        var lease = await TakeAsync();
        var waiters = Enumerable.Range(0, 5).Select(_ => AcquireAsync()).ToList();
        Router.Waiting.ShouldBe(5);
        for (var i = 0; i < waiters.Count; i++)
        {
            waiters[i].IsCompleted.ShouldBeFalse();
            lease.Dispose();
            lease = await Soon(waiters[i]);
            Router.Waiting.ShouldBe(4 - i);
        }
    }

    [Fact]
    public async Task Acquire_QueueBound_IsExact()
    {
        Use(replicas: 1, maxQueued: 3);
        var lease = await TakeAsync();
        var waiters = Enumerable.Range(0, 3).Select(_ => AcquireAsync()).ToList();
        await Should.ThrowAsync<BackPressureException>(async () => await AcquireAsync());

        lease.Dispose();
        await Soon(waiters[0]);
        var another = AcquireAsync();
        await Should.ThrowAsync<BackPressureException>(async () => await AcquireAsync());
        another.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Acquire_QueueWithoutBound_TakesAll()
    {
        Use(replicas: 1, maxQueued: -1);
        await TakeAsync();
        var waiters = Enumerable.Range(0, 5000).Select(_ => AcquireAsync()).ToList();
        Router.Waiting.ShouldBe(5000);
        waiters.ShouldAllBe(waiter => !waiter.IsCompleted);
    }

    [Fact]
    public async Task Acquire_ConcurrentRequestsForAFullQueue_ExactlyTheBoundWait()
    {
        Use(replicas: 1, maxQueued: 10);
        await TakeAsync();
        var attempts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => new[] { AcquireAsync() })));
        Router.Waiting.ShouldBe(10);
        attempts.Count(attempt => attempt[0].Exception?.InnerException is BackPressureException).ShouldBe(90);
    }

    [Fact]
    public async Task Acquire_CancelledWhileWaiting_LeavesTheQueueAndTheNextIsServed()
    {
        Use(replicas: 1, maxQueued: 2);
        var lease = await TakeAsync();
        using var cancellation = new CancellationTokenSource();
        var first = AcquireAsync(cancellation.Token);
        var second = AcquireAsync();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Soon(first));
        Router.Waiting.ShouldBe(1);
        var third = AcquireAsync();

        lease.Dispose();
        (await Soon(second)).Dispose();
        (await Soon(third)).Dispose();
        (await TakeAsync()).Dispose();
    }

    [Fact]
    public async Task Acquire_BeforeAnythingIsKnown_WaitsForTheFirstReplica()
    {
        var waiting = AcquireAsync();
        waiting.IsCompleted.ShouldBeFalse();
        var replica = Use(replicas: 1).Single();
        (await Soon(waiting)).Replica.ShouldBe(replica);
    }

    [Fact]
    public async Task Update_MoreReplicas_ServesAsManyWaitersAsHaveRoom()
    {
        var first = Use(replicas: 1).Single();
        await TakeAsync();
        var waiters = Enumerable.Range(0, 4).Select(_ => AcquireAsync()).ToList();
        Router.Update(new ReplicaSet([first, new FakeReplica("new1"), new FakeReplica("new2")], 1, -1, UnavailableReason: null));
        var leases = await Soon(Task.WhenAll(waiters.Take(2)));
        leases.Select(lease => lease.Replica.Id).Order().ShouldBe(["new1", "new2"]);
        Router.Waiting.ShouldBe(2);
    }

    [Fact]
    public async Task Update_HigherLimit_ServesWaiters()
    {
        var replica = Use(replicas: 1).Single();
        await TakeAsync();
        var waiter = AcquireAsync();
        Router.Update(new ReplicaSet([replica], 2, -1, UnavailableReason: null));
        (await Soon(waiter)).Replica.ShouldBe(replica);
    }

    [Fact]
    public async Task Update_ReplicaTakenOut_ItsSlotGoesToNobodyWhenItFrees()
    {
        var old = Use(replicas: 1).Single();
        var lease = await TakeAsync();
        var waiter = AcquireAsync();
        var other = new FakeReplica("other");
        other.TryEnter(1);
        Router.Update(new ReplicaSet([other], 1, -1, UnavailableReason: null));
        old.Retire();
        lease.Dispose();
        waiter.IsCompleted.ShouldBeFalse();
        old.IsClosed.ShouldBeTrue();
        Router.Release(other, isOfSession: false);
        (await Soon(waiter)).Replica.ShouldBe(other);
    }

    [Fact]
    public async Task Update_NoReplicaIsExpected_FailsAllWaitersEachWithItsOwnError()
    {
        Use(replicas: 1);
        await TakeAsync();
        var waiters = Enumerable.Range(0, 3).Select(_ => AcquireAsync()).ToList();
        MakeUnavailable("its start failed.");
        var errors = new List<Exception>();
        foreach (var waiter in waiters)
            errors.Add(await Should.ThrowAsync<DeploymentUnavailableException>(() => Soon(waiter)));
        errors.ShouldAllBe(error => error.Message.EndsWith("its start failed."));
        // One object thrown by several tasks would mix up their stacks.
        errors.Distinct().Count().ShouldBe(3);
        Router.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task MarkFull_RefusedRequest_WaitsInItsOldPlaceUntilTheReplicaHasRoom()
    {
        var replica = Use(replicas: 1, maxOngoing: 2, maxQueued: 1).Single();
        var refused = await TakeAsync();
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var inside = await TakeAsync();
        var later = AcquireAsync();
        refused.MarkFull();
        refused.Dispose();
        later.IsCompleted.ShouldBeFalse();

        // The bound holds for newcomers only: who came back was let in before.
        var again = Router.AcquireAsync(default(PickRequest).After(refused), CancellationToken.None).AsTask();
        Router.Waiting.ShouldBe(2);
        replica.OnFree();
        (await Soon(again)).Replica.ShouldBe(replica);
        later.IsCompleted.ShouldBeFalse();
        inside.Dispose();
        await Soon(later);
    }

    [Fact]
    public async Task MarkFull_AnswerSaysThereIsRoom_WaiterIsServed()
    {
        var replica = Use(replicas: 1, maxOngoing: 3).Single();
        await TakeAsync();
        var refused = await TakeAsync();
        refused.MarkFull();
        refused.Dispose();
        var again = Router.AcquireAsync(default(PickRequest).After(refused), CancellationToken.None).AsTask();
        replica.OnLoad(3);
        again.IsCompleted.ShouldBeFalse();
        replica.OnLoad(2);
        (await Soon(again)).Replica.ShouldBe(replica);
    }

    [Fact]
    public async Task Acquire_MoreUrgentThanTheQueue_TakesThePlaceOfTheYoungestLeastUrgent()
    {
        Use(replicas: 1, maxQueued: 2);
        var lease = await TakeAsync();
        var older = AcquireAsync(priority: 6);
        var younger = AcquireAsync(priority: 6);
        var urgent = AcquireAsync(priority: 1);
        await Should.ThrowAsync<BackPressureException>(() => Soon(younger));
        await Should.ThrowAsync<BackPressureException>(() => Soon(AcquireAsync(priority: 6)));
        lease.Dispose();
        lease = await Soon(urgent);
        lease.Dispose();
        await Soon(older);
    }
}
