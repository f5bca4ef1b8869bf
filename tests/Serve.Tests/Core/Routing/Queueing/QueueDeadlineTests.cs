using Serve.Routing;

namespace Serve.Tests.Core.Routing.Queueing;

public sealed class QueueDeadlineTests : RouterTestBase
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Acquire_QueueIsTooLongForTheDeadline_IsRefusedAtOnce()
    {
        await OverloadAsync(waiting: 50);
        // 50 before it at 0.1 s each, and its own 0.1 s.
        var error = await Should.ThrowAsync<BackPressureException>(() => Soon(AcquireAsync(left: TimeSpan.FromSeconds(4))));
        error.Message.ShouldStartWith("Deployment 'Model' of application 'app' can't answer in the 4 s that the request has left: 50 requests wait.");
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
        AcquireAsync(left: TimeSpan.FromSeconds(7)).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Acquire_UrgentRequest_CountsOnlyWhoIsAsUrgent()
    {
        await OverloadAsync(waiting: 50);
        AcquireAsync(left: TimeSpan.FromSeconds(4), priority: 0).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Release_FirstInLineCanNotFinishInTime_IsNotStartedAndTheNextIs()
    {
        var lease = await OverloadAsync(waiting: 0);
        var late = AcquireAsync(left: Work * 2.5);
        var patient = AcquireAsync(left: TimeSpan.FromMinutes(1));
        Clock.Advance(Work * 2);
        lease.RecordAnswer();
        lease.Dispose();
        // Half of what an answer takes is left.
        await Should.ThrowAsync<BackPressureException>(() => Soon(late));
        await Soon(patient);
    }

    [Fact]
    public async Task Acquire_NothingIsKnownOfThePace_Waits()
    {
        Use(replicas: 1);
        await TakeAsync();
        for (var i = 0; i < 100; i++)
            AcquireAsync(left: TimeSpan.FromMilliseconds(1)).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Acquire_PaceIsLongAgo_SaysNothing()
    {
        await OverloadAsync(waiting: 50);
        Clock.Advance(TimeSpan.FromMinutes(1));
        AcquireAsync(left: TimeSpan.FromSeconds(1)).IsCompleted.ShouldBeFalse();
    }

    /// <summary>Three times the capacity for 20 seconds of the clock: what is begun is also finished in time, and what can't be is refused before it waits.</summary>
    [Fact]
    public async Task Acquire_ThreeTimesTheCapacity_NearlyAllWorkIsInTime()
    {
        var allowed = TimeSpan.FromSeconds(1);
        Use(replicas: 4, maxOngoing: 5, maxQueued: 1000);
        var random = new Random(7);
        var running = new PriorityQueue<(ReplicaLease Lease, long Deadline), long>();
        var waiting = new List<(Task<ReplicaLease> Lease, long Deadline)>();
        var (good, late, refused) = (0, 0, 0);
        for (var millisecond = 0; millisecond < 20_000; millisecond++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            var now = Clock.GetTimestamp();
            while (running.TryPeek(out var done, out var at) && at <= now)
            {
                running.Dequeue();
                if (now <= done.Deadline)
                    good++;
                else
                    late++;
                done.Lease.RecordAnswer();
                done.Lease.Dispose();
            }

            // 20 slots at 100 ms are 200 a second; 600 come.
            for (var i = 0; i < (millisecond % 5 == 0 ? 3 : 0); i++)
                waiting.Add((AcquireAsync(allowed), now + allowed.Ticks));
            // Who was given a slot or refused goes on by a thread of its own.
            while (waiting.Count(pair => !pair.Lease.IsCompleted) != Router.Waiting)
                await Task.Yield();
            for (var i = waiting.Count - 1; i >= 0; i--)
            {
                var (task, deadline) = waiting[i];
                if (task.IsCompletedSuccessfully)
                {
                    running.Enqueue((await task, deadline), now + TimeSpan.FromMilliseconds(50 + random.Next(100)).Ticks);
                    waiting.RemoveAt(i);
                }
                else if (task.IsFaulted)
                {
                    refused++;
                    waiting.RemoveAt(i);
                }
            }
        }

        // 4,000 could be done.
        good.ShouldBeGreaterThan(3600, $"{late} late, {refused} refused");
        refused.ShouldBeGreaterThan(7500);
    }

    /// <summary>One slot that takes 0.1 s for each request, long enough to know the pace; then so many wait.</summary>
    private async Task<ReplicaLease> OverloadAsync(int waiting)
    {
        Use(replicas: 1);
        var lease = await TakeAsync();
        var queue = new Queue<Task<ReplicaLease>>(Enumerable.Range(0, 30 + waiting).Select(_ => AcquireAsync()));
        for (var i = 0; i < 30; i++)
        {
            Clock.Advance(Work);
            lease.RecordAnswer();
            lease.Dispose();
            lease = await Soon(queue.Dequeue());
        }

        return lease;
    }

    private Task<ReplicaLease> AcquireAsync(TimeSpan left, int priority = PickRequest.DefaultPriority) =>
        Router.AcquireAsync(new PickRequest { Deadline = Clock.GetTimestamp() + left.Ticks, Priority = priority }, CancellationToken.None).AsTask();
}
