using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class ReplicaPickerTests
{
    private readonly ReplicaPicker _picker = new(loadHalfLife: 1000);
    private readonly Random _random = new(1);

    [Fact]
    public void Pick_NoReplicas_IsNull() => Pick().ShouldBeNull();

    [Fact]
    public void Pick_OneReplica_IsUsedUpToItsLimit()
    {
        var replica = Use(1, limit: 2).Single();
        Pick().ShouldBe(replica);
        Pick().ShouldBe(replica);
        Pick().ShouldBeNull();
        replica.Ongoing.ShouldBe(2);
        _picker.Release(replica, isOfSession: false);
        Pick().ShouldBe(replica);
    }

    [Fact]
    public void Pick_TwoReplicas_IsAlwaysTheOneWithFewerRequests()
    {
        for (var i = 0; i < 1000; i++)
        {
            var replicas = Use(2, limit: 10);
            Occupy(replicas[i % 2], 1);
            Pick().ShouldBe(replicas[1 - i % 2]);
        }
    }

    [Fact]
    public void Pick_ThreeReplicas_NeverTakesTheBusiest()
    {
        for (var i = 0; i < 1000; i++)
        {
            var replicas = Use(3, limit: 10);
            Occupy(replicas[i % 3], 2);
            Occupy(replicas[(i + 1) % 3], 1);
            Pick().ShouldNotBe(replicas[i % 3]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(64)]
    public void Pick_IdleReplicas_AreDrawnEvenly(int count)
    {
        Use(count, limit: 1);
        var picks = new Dictionary<ReplicaEntry, int>();
        for (var i = 0; i < 1000 * count; i++)
        {
            var replica = Pick()!;
            picks[replica] = picks.GetValueOrDefault(replica) + 1;
            _picker.Release(replica, isOfSession: false);
        }

        // 1000 are expected of each, with a deviation of √1000 ≈ 32.
        picks.Count.ShouldBe(count);
        picks.Values.ShouldAllBe(number => number > 800 && number < 1200);
    }

    [Fact]
    public void Pick_ManyRequests_SpreadsThemFarBetterThanChance()
    {
        var replicas = Use(20, int.MaxValue);
        for (var i = 0; i < 2000; i++)
            Pick();
        // One random choice would be off by about 20 to each side; two choices stay within a few (Mitzenmacher, 2001).
        replicas.Max(replica => replica.Ongoing).ShouldBeLessThanOrEqualTo(105);
        replicas.Min(replica => replica.Ongoing).ShouldBeGreaterThanOrEqualTo(90);
    }

    [Fact]
    public void Pick_RandomNumbersOfAnyKind_FillAllReplicasAndNoFurther()
    {
        foreach (var bits in new[] { 0UL, 1UL, ulong.MaxValue, uint.MaxValue, 0xFFFFFFFF00000000UL, 0x8000000080000000UL })
        {
            var replicas = Use(7, limit: 3);
            for (var i = 0; i < 7 * 3; i++)
                _picker.Pick(default, bits, now: 0).ShouldNotBeNull();
            _picker.Pick(default, bits, now: 0).ShouldBeNull();
            replicas.ShouldAllBe(replica => replica.Ongoing == 3);
        }
    }

    [Fact]
    public void Pick_ReplicasDown_AreLeftOut()
    {
        var replicas = Use(5, limit: 1000);
        foreach (var down in replicas.Skip(1))
            down.IsDown = true;
        for (var i = 0; i < 100; i++)
            Pick().ShouldBe(replicas[0]);
        replicas[0].IsDown = true;
        Pick().ShouldBeNull();
    }

    [Fact]
    public void Pick_ReplicaToAvoid_IsTakenOnlyWhenNothingElseHasRoom()
    {
        var replicas = Use(3, limit: 4);
        for (var i = 0; i < 8; i++)
            Pick(avoid: replicas[0]).ShouldBeOneOf(replicas[1], replicas[2]);
        for (var i = 0; i < 4; i++)
            Pick(avoid: replicas[0]).ShouldBe(replicas[0]);
        Pick(avoid: replicas[0]).ShouldBeNull();
    }

    [Fact]
    public void Pick_RefusedByOne_TheOthersShareItsRequests()
    {
        var replicas = Use(3, int.MaxValue);
        for (var i = 0; i < 300; i++)
            Pick(avoid: replicas[0]);
        replicas[0].Ongoing.ShouldBe(0);
        replicas.Skip(1).ShouldAllBe(replica => replica.Ongoing > 100);
    }

    [Fact]
    public void Pick_ReplicaOnThisNode_IsTakenWhileItHasRoomThenThatOfThisZone()
    {
        var replicas = new[] { new FakeReplica("far") { Tier = 2 }, new FakeReplica("zone") { Tier = 1 }, new FakeReplica("node") { Tier = 0 } };
        _picker.Use(replicas, limit: 3);
        var order = Enumerable.Range(0, 9).Select(_ => Pick()!.Id).ToList();
        order.ShouldBe(["node", "node", "node", "zone", "zone", "zone", "far", "far", "far"]);
        _picker.Release(replicas[1], isOfSession: false);
        Pick().ShouldBe(replicas[1]);
    }

    [Fact]
    public void Pick_LoadFromOthers_CountsLikeOwn()
    {
        var replicas = Use(2, limit: 100);
        replicas[0].OnLoad(50);
        for (var i = 0; i < 50; i++)
            Pick().ShouldBe(replicas[1]);
    }

    [Fact]
    public void Pick_OldWordOfLoad_CountsLessAndLess()
    {
        var replicas = Use(2, limit: 100);
        replicas[0].OnLoad(8);
        Occupy(replicas[1], 3);
        // After one half-life 4 of the 8 count, after two only 2.
        _picker.Pick(default, Bits(), now: 1000).ShouldBe(replicas[1]);
        _picker.Pick(default, Bits(), now: 2000).ShouldBe(replicas[0]);
    }

    [Fact]
    public void Use_OtherReplicas_TakesTheFirstOnesOutOfTheDraw()
    {
        var old = Use(4, limit: 10);
        Occupy(old[0], 5);
        var replicas = new[] { old[0], new FakeReplica("new") };
        _picker.Use(replicas, limit: 10);
        for (var i = 0; i < 15; i++)
            replicas.ShouldContain(Pick());
        Pick().ShouldBeNull();
        // A slot on a replica that is out of use goes to nobody.
        old[1].TryEnter(10);
        _picker.Release(old[1], isOfSession: false);
        Pick().ShouldBeNull();
    }

    [Fact]
    public void Use_LowerLimit_CountsWhatRunsAlready()
    {
        var replicas = Use(2, limit: 10);
        Occupy(replicas[0], 5);
        _picker.Use(replicas, limit: 2);
        Pick().ShouldBe(replicas[1]);
        Pick().ShouldBe(replicas[1]);
        Pick().ShouldBeNull();
    }

    /// <summary>The draw against a plain list of who has room, through random picks, releases and changes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Pick_AnyHistory_FindsRoomExactlyWhereThereIsSome(int seed)
    {
        var random = new Random(seed);
        var replicas = Enumerable.Range(0, 9).Select(number => new FakeReplica($"r{number}") { Tier = number % 3 }).ToArray();
        var limit = 3;
        var used = replicas;
        _picker.Use(used, limit);
        for (var step = 0; step < 5000; step++)
        {
            var replica = replicas[random.Next(replicas.Length)];
            switch (random.Next(8))
            {
                case 0 or 1 when replica.Ongoing > 0:
                    _picker.Release(replica, isOfSession: false);
                    break;
                case 2:
                    replica.IsDown = !replica.IsDown;
                    _picker.Refresh(replica);
                    break;
                case 3 when random.Next(20) == 0:
                    limit = random.Next(1, 5);
                    used = [.. replicas.Where(_ => random.Next(4) > 0)];
                    _picker.Use(used, limit);
                    break;
                default:
                    var nearest = used.Where(other => other.HasRoom(limit)).Select(other => other.Tier).DefaultIfEmpty(-1).Min();
                    (Pick()?.Tier ?? -1).ShouldBe(nearest, $"step {step}");
                    break;
            }
        }
    }

    private FakeReplica[] Use(int count, int limit)
    {
        var replicas = Enumerable.Range(0, count).Select(number => new FakeReplica($"r{number}")).ToArray();
        // Outside a router nobody tells the picker of changes.
        _picker.Use(replicas, limit);
        return replicas;
    }

    private ReplicaEntry? Pick(ReplicaEntry? avoid = null) => _picker.Pick(new PickRequest { Avoid = avoid }, Bits(), now: 0);

    private ulong Bits() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);

    private static void Occupy(ReplicaEntry replica, int count)
    {
        for (var i = 0; i < count; i++)
            replica.TryEnter(int.MaxValue).ShouldBeTrue();
    }
}
