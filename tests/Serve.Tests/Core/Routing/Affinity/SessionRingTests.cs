using Serve.Routing;
using Serve.Routing.Affinity;

namespace Serve.Tests.Core.Routing.Affinity;

public sealed class SessionRingTests : RouterTestBase
{
    [Fact]
    public async Task Acquire_SameSession_GoesToTheSameReplica()
    {
        Use(replicas: 20, maxOngoing: 100);
        foreach (var session in Enumerable.Range(0, 50).Select(number => $"user-{number}"))
        {
            var first = await PlaceOfAsync(session);
            for (var i = 0; i < 5; i++)
                (await PlaceOfAsync(session)).ShouldBe(first);
        }
    }

    [Fact]
    public void Pick_AnyProcess_ChoosesTheSame()
    {
        // Written down: if this changes, proxies of two versions send a session to two replicas.
        var ring = new SessionRing(Replicas(5));
        Enumerable.Range(0, 8).Select(number => ring.Pick($"s{number}", avoid: null, limit: 100, ongoing: 0)!.Id).ShouldBe(Written);
    }

    [Fact]
    public void Pick_ReplicaGone_OnlyItsSessionsMove()
    {
        var replicas = Replicas(10);
        var (before, after) = (new SessionRing(replicas), new SessionRing([.. replicas.Where((_, i) => i != 4)]));
        var moved = 0;
        for (var i = 0; i < 2000; i++)
        {
            var (was, now) = (PlaceIn(before, $"s{i}"), PlaceIn(after, $"s{i}"));
            if (was != now)
                moved++;
            if (was != replicas[4])
                now.ShouldBe(was);
        }

        // A tenth of them, give or take the unevenness of the points.
        moved.ShouldBeInRange(120, 300);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Pick_ManySessions_NoReplicaHasMuchMoreThanItsShare(int count)
    {
        var ring = new SessionRing(Replicas(count));
        var (ongoing, most) = (0, new Dictionary<ReplicaEntry, int>());
        for (var i = 0; i < count * 40; i++)
        {
            var replica = ring.Pick($"session {i}", avoid: null, limit: int.MaxValue, ongoing++)!;
            replica.EnterSession();
            most[replica] = most.GetValueOrDefault(replica) + 1;
        }

        most.Values.Max().ShouldBeLessThanOrEqualTo(50);
    }

    [Fact]
    public async Task Acquire_ItsReplicaIsFull_GoesToTheNextAndBackWhenThereIsRoom()
    {
        Use(replicas: 5, maxOngoing: 1);
        var lease = await AcquireAsync("s");
        var next = await AcquireAsync("s");
        next.Replica.ShouldNotBe(lease.Replica);
        lease.Dispose();
        next.Dispose();
        (await PlaceOfAsync("s")).ShouldBe(lease.Replica);
    }

    [Fact]
    public async Task Acquire_OneSessionIsVeryBusy_ItsRequestsSpreadBeyondItsReplica()
    {
        var replicas = Use(replicas: 4, maxOngoing: 1000);
        for (var i = 0; i < 100; i++)
            await AcquireAsync("hot");
        // A quarter more than its share of 25, rounded up.
        replicas.ShouldAllBe(replica => replica.Ongoing <= 32);
    }

    [Fact]
    public async Task Acquire_AllFull_WaitsLikeAnyOther()
    {
        Use(replicas: 2, maxOngoing: 1);
        var lease = await AcquireAsync("s");
        await AcquireAsync("s");
        var waiting = Router.AcquireAsync(new PickRequest { SessionId = "s" }, CancellationToken.None).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        lease.Dispose();
        (await Soon(waiting)).Replica.ShouldBe(lease.Replica);
        lease.Replica.OngoingSessions.ShouldBe(1);
    }

    private static readonly string[] Written = ["r1", "r3", "r2", "r1", "r4", "r1", "r1", "r1"];

    private static FakeReplica[] Replicas(int count) => [.. Enumerable.Range(0, count).Select(number => new FakeReplica($"r{number}"))];

    private static ReplicaEntry PlaceIn(SessionRing ring, string session)
    {
        var replica = ring.Pick(session, avoid: null, limit: 1, ongoing: 0)!;
        replica.Exit();
        return replica;
    }

    private Task<ReplicaLease> AcquireAsync(string session)
    {
        var lease = Router.AcquireAsync(new PickRequest { SessionId = session }, CancellationToken.None).AsTask();
        lease.IsCompletedSuccessfully.ShouldBeTrue();
        return lease;
    }

    private async Task<ReplicaEntry> PlaceOfAsync(string session)
    {
        using var lease = await AcquireAsync(session);
        return lease.Replica;
    }
}
