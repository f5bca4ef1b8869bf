using Serve.Routing;
using Serve.Routing.Outliers;

namespace Serve.Tests.Core.Routing.Outliers;

public sealed class OutlierWatchTests : RouterTestBase
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task RecordAnswer_ReplicaIsSomewhatSlower_GetsLess()
    {
        var replicas = Use(replicas: 3, maxOngoing: 1000);
        await WorkAsync(seconds: 5, replica => replica == replicas[0] ? Quick * 3 : Quick);
        replicas[0].IsEjected.ShouldBeFalse();
        var picks = await CountPicksAsync(900);
        // By load alone each would have 300.
        picks[replicas[0]].ShouldBeInRange(50, 200);
    }

    [Fact]
    public async Task RecordAnswer_ReplicaIsFarSlower_GetsNothingForAWhile()
    {
        var replicas = Use(replicas: 4, maxOngoing: 1000);
        await WorkAsync(seconds: 5, replica => replica == replicas[0] ? Quick * 20 : Quick);
        replicas[0].IsEjected.ShouldBeTrue();
        replicas.Skip(1).ShouldAllBe(replica => !replica.IsEjected);
        (await CountPicksAsync(100)).ShouldNotContainKey(replicas[0]);
    }

    [Fact]
    public async Task RecordAnswer_DifferenceOfLittleTime_IsNoise()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        await WorkAsync(seconds: 5, replica => replica == replicas[0] ? TimeSpan.FromMilliseconds(4) : TimeSpan.FromMilliseconds(0.1));
        replicas.ShouldAllBe(replica => !replica.IsEjected && replica.Health.Penalty == 1);
    }

    [Fact]
    public async Task RecordFailure_InARow_IsLeftOutAtOnce()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        await FailAsync(replicas[0], OutlierRules.Standard.FailuresInRow - 1);
        replicas[0].IsEjected.ShouldBeFalse();
        await FailAsync(replicas[0], 1);
        replicas[0].IsEjected.ShouldBeTrue();
    }

    [Fact]
    public async Task RecordFailure_AnswersBetween_AreNotInARow()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        for (var i = 0; i < 5; i++)
        {
            await FailAsync(replicas[0], OutlierRules.Standard.FailuresInRow - 1);
            using var lease = await TakeOnAsync(replicas[0]);
            lease.RecordAnswer();
        }

        replicas[0].IsEjected.ShouldBeFalse();
    }

    [Fact]
    public async Task RecordFailure_ReplicaFailsMoreThanItsPeers_IsLeftOut()
    {
        var replicas = Use(replicas: 4, maxOngoing: 1000);
        var turn = 0;
        await WorkAsync(seconds: 5, _ => Quick, fails: replica => replica == replicas[2] && turn++ % 2 == 0);
        replicas.Where(replica => replica.IsEjected).ShouldBe([replicas[2]]);
    }

    [Fact]
    public async Task RecordFailure_AllFail_NoneIsLeftOut()
    {
        var replicas = Use(replicas: 4, maxOngoing: 1000);
        await WorkAsync(seconds: 10, _ => Quick, fails: _ => true);
        replicas.ShouldAllBe(replica => !replica.IsEjected);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(5, 1)]
    [InlineData(10, 3)]
    public async Task RecordFailure_OneAfterTheOtherFails_SoManyAreLeftOutAndNoMore(int count, int expected)
    {
        var replicas = Use(count, maxOngoing: 1000);
        foreach (var replica in replicas)
        {
            if (!replica.IsEjected)
                await FailAsync(replica, 20);
        }

        replicas.Count(replica => replica.IsEjected).ShouldBe(expected);
    }

    [Fact]
    public async Task Trial_ReplicaIsWell_ComesBackAfterAFewRequestsOneAtATime()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        await FailAsync(replicas[0], 5);
        Clock.Advance(OutlierRules.Standard.EjectionTime - TimeSpan.FromMilliseconds(1));
        (replicas[0].IsEjected, replicas[0].IsOnTrial).ShouldBe((true, false));
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 3; i++)
        {
            (replicas[0].IsEjected, replicas[0].IsOnTrial).ShouldBe((false, true));
            using var lease = await TakeOnAsync(replicas[0]);
            (await CountPicksAsync(20)).ShouldNotContainKey(replicas[0]);
            lease.RecordAnswer();
        }

        (replicas[0].IsEjected, replicas[0].IsOnTrial).ShouldBe((false, false));
        (await CountPicksAsync(20)).ShouldContainKey(replicas[0]);
        Clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Trial_ReplicaFailsAgain_IsLeftOutTwiceAsLongUpToABound()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        await FailAsync(replicas[0], 5);
        foreach (var seconds in new[] { 5, 10, 20, 40, 60, 60 })
        {
            Clock.Advance(TimeSpan.FromSeconds(seconds - 0.001));
            replicas[0].IsEjected.ShouldBeTrue($"after {seconds} s");
            Clock.Advance(TimeSpan.FromSeconds(0.001));
            replicas[0].IsOnTrial.ShouldBeTrue($"after {seconds} s");
            await FailAsync(replicas[0], 1);
        }
    }

    [Fact]
    public async Task Trial_OnlyReplicaWithRoom_ServesThoseWhoWait()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1);
        await FailAsync(replicas[0], 5);
        await TakeAsync();
        var waiting = AcquireAsync();
        waiting.IsCompleted.ShouldBeFalse();
        Clock.Advance(OutlierRules.Standard.EjectionTime);
        (await Soon(waiting)).Replica.ShouldBe(replicas[0]);
    }

    [Fact]
    public async Task Rules_Disabled_NothingIsLeftOut()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1000);
        Router.Update(Router.Replicas with { Rules = new RoutingRules { Outliers = new OutlierRules { IsEnabled = false } } });
        await FailAsync(replicas[0], 50);
        replicas[0].IsEjected.ShouldBeFalse();
    }

    private async Task WorkAsync(int seconds, Func<ReplicaEntry, TimeSpan> time, Func<ReplicaEntry, bool>? fails = null)
    {
        // Each replica gets its share whatever the router would do, at times of one clock: the answers' times are made by when each began.
        for (var round = 0; round < seconds * 10; round++)
        {
            var leases = new List<(ReplicaLease Lease, TimeSpan Time)>();
            for (var i = 0; i < Router.Replicas.Replicas.Length; i++)
            {
                var lease = await TakeAsync();
                leases.Add((lease, time(lease.Replica)));
            }

            var passed = TimeSpan.Zero;
            foreach (var (lease, at) in leases.OrderBy(pair => pair.Time))
            {
                Clock.Advance(at - passed);
                passed = at;
                if (fails?.Invoke(lease.Replica) == true)
                    lease.RecordFailure();
                else
                    lease.RecordAnswer();
                lease.Dispose();
            }

            Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task FailAsync(ReplicaEntry replica, int times)
    {
        foreach (var peer in Router.Replicas.Replicas.Where(other => other is { IsEjected: false, IsOnTrial: false } && other != replica))
        {
            using var lease = await TakeOnAsync(peer);
            lease.RecordAnswer();
        }

        for (var i = 0; i < times && !replica.IsEjected; i++)
        {
            using var lease = await TakeOnAsync(replica);
            lease.RecordFailure();
        }
    }

    /// <summary>Takes slots until one is on the replica, and gives the others back.</summary>
    private async Task<ReplicaLease> TakeOnAsync(ReplicaEntry replica)
    {
        var others = new List<ReplicaLease>();
        while (true)
        {
            var lease = await TakeAsync();
            if (lease.Replica == replica)
            {
                others.ForEach(other => other.Dispose());
                return lease;
            }

            others.Add(lease);
        }
    }

    private async Task<Dictionary<ReplicaEntry, int>> CountPicksAsync(int count)
    {
        var leases = new List<ReplicaLease>();
        for (var i = 0; i < count; i++)
            leases.Add(await TakeAsync());
        leases.ForEach(lease => lease.Dispose());
        return leases.CountBy(lease => lease.Replica).ToDictionary(pair => pair.Key, pair => pair.Value);
    }
}
