using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class ReplicaPickerTests
{
    private readonly Random _random = new(1);

    [Fact]
    public void Pick_NoReplicas_IsNull() => ReplicaPicker.Pick([], limit: 1, random: 7).ShouldBeNull();

    [Fact]
    public void Pick_OneReplica_IsUsedUpToItsLimit()
    {
        var replicas = Replicas(1);
        ReplicaPicker.Pick(replicas, 2, Bits()).ShouldBe(replicas[0]);
        ReplicaPicker.Pick(replicas, 2, Bits()).ShouldBe(replicas[0]);
        ReplicaPicker.Pick(replicas, 2, Bits()).ShouldBeNull();
        replicas[0].Ongoing.ShouldBe(2);
    }

    [Fact]
    public void Pick_TwoReplicas_IsAlwaysTheOneWithFewerRequests()
    {
        for (var i = 0; i < 1000; i++)
        {
            var replicas = Replicas(2);
            Occupy(replicas[i % 2], 1);
            ReplicaPicker.Pick(replicas, 10, Bits()).ShouldBe(replicas[1 - i % 2]);
        }
    }

    [Fact]
    public void Pick_ThreeReplicas_NeverTakesTheBusiest()
    {
        for (var i = 0; i < 1000; i++)
        {
            var replicas = Replicas(3);
            Occupy(replicas[i % 3], 2);
            Occupy(replicas[(i + 1) % 3], 1);
            ReplicaPicker.Pick(replicas, 10, Bits()).ShouldNotBe(replicas[i % 3]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(64)]
    public void Pick_IdleReplicas_AreDrawnEvenly(int count)
    {
        var replicas = Replicas(count);
        var picks = new Dictionary<ReplicaEntry, int>();
        for (var i = 0; i < 1000 * count; i++)
        {
            var replica = ReplicaPicker.Pick(replicas, 1, Bits())!;
            picks[replica] = picks.GetValueOrDefault(replica) + 1;
            replica.Exit();
        }

        // 1000 are expected of each, with a deviation of √1000 ≈ 32.
        picks.Count.ShouldBe(count);
        picks.Values.ShouldAllBe(number => number > 800 && number < 1200);
    }

    [Fact]
    public void Pick_ManyRequests_SpreadsThemFarBetterThanChance()
    {
        var replicas = Replicas(20);
        for (var i = 0; i < 2000; i++)
            ReplicaPicker.Pick(replicas, int.MaxValue, Bits());
        // One random choice would be off by about 20 to each side; two choices stay within a few (Mitzenmacher, 2001).
        replicas.Max(replica => replica.Ongoing).ShouldBeLessThanOrEqualTo(105);
        replicas.Min(replica => replica.Ongoing).ShouldBeGreaterThanOrEqualTo(90);
    }

    [Fact]
    public void Pick_RandomNumbersOfAnyKind_FillAllReplicasAndNoFurther()
    {
        foreach (var bits in new[] { 0UL, 1UL, ulong.MaxValue, uint.MaxValue, 0xFFFFFFFF00000000UL, 0x8000000080000000UL })
        {
            var replicas = Replicas(7);
            for (var i = 0; i < 7 * 3; i++)
                ReplicaPicker.Pick(replicas, 3, bits).ShouldNotBeNull();
            ReplicaPicker.Pick(replicas, 3, bits).ShouldBeNull();
            replicas.ShouldAllBe(replica => replica.Ongoing == 3);
        }
    }

    [Fact]
    public void Pick_ReplicasDown_AreLeftOut()
    {
        var replicas = Replicas(5);
        foreach (var down in replicas.Skip(1))
            down.IsDown = true;
        for (var i = 0; i < 100; i++)
            ReplicaPicker.Pick(replicas, 1000, Bits()).ShouldBe(replicas[0]);
        replicas[0].IsDown = true;
        ReplicaPicker.Pick(replicas, 1000, Bits()).ShouldBeNull();
    }

    [Fact]
    public void Pick_ReplicasToAvoid_AreTakenOnlyWhenNothingElseHasRoom()
    {
        var replicas = Replicas(3);
        var avoid = new[] { replicas[0], replicas[1] };
        for (var i = 0; i < 4; i++)
            ReplicaPicker.Pick(replicas, 4, Bits(), avoid).ShouldBe(replicas[2]);
        for (var i = 0; i < 8; i++)
            ReplicaPicker.Pick(replicas, 4, Bits(), avoid).ShouldBeOneOf(replicas[0], replicas[1]);
        ReplicaPicker.Pick(replicas, 4, Bits(), avoid).ShouldBeNull();
    }

    [Fact]
    public void Pick_RefusedByOne_TheOthersShareItsRequests()
    {
        var replicas = Replicas(3);
        for (var i = 0; i < 300; i++)
            ReplicaPicker.Pick(replicas, int.MaxValue, Bits(), [replicas[0]]);
        replicas[0].Ongoing.ShouldBe(0);
        replicas.Skip(1).ShouldAllBe(replica => replica.Ongoing > 100);
    }

    private ulong Bits() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);

    private static ReplicaEntry[] Replicas(int count) => [.. Enumerable.Range(0, count).Select(number => new FakeReplica($"r{number}"))];

    private static void Occupy(ReplicaEntry replica, int count)
    {
        for (var i = 0; i < count; i++)
            replica.TryEnter(int.MaxValue).ShouldBeTrue();
    }
}
