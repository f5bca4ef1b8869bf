using Serve.Specs;
using Serve.Specs.Autoscaling;

namespace Serve.Tests.Core.Specs;

public sealed class TargetCapacityTests
{
    [Theory]
    [InlineData(null, 10, 10)]
    [InlineData(100.0, 10, 10)]
    [InlineData(50.0, 10, 5)]
    [InlineData(50.0, 5, 3)] // half goes up
    [InlineData(49.9, 5, 2)]
    [InlineData(1.0, 10, 1)] // never none while some are wanted
    [InlineData(0.0, 10, 0)]
    [InlineData(50.0, 0, 0)]
    [InlineData(14.5, 100, 15)] // exact, where binary fractions would be a little less
    public void Of_Share_IsRoundedHalfUp(double? percent, int replicas, int expected) =>
        new TargetCapacity(percent, CapacityDirection.Up).Of(replicas).ShouldBe(expected);

    [Fact]
    public void Next_SameApplications_FollowsTheChange()
    {
        var first = TargetCapacity.Whole.Next(40, isSameSet: false);
        first.Direction.ShouldBe(CapacityDirection.Up);
        var up = first.Next(60, isSameSet: true);
        up.Direction.ShouldBe(CapacityDirection.Up);
        up.Next(60, isSameSet: true).ShouldBe(up);
        var down = up.Next(50, isSameSet: true);
        down.Direction.ShouldBe(CapacityDirection.Down);
        down.Next(50, isSameSet: true).ShouldBe(down);
        down.Next(null, isSameSet: true).ShouldBe(TargetCapacity.Whole);
    }

    [Fact]
    public void Next_ShareOfAServerThatWasWhole_GoesDown() => TargetCapacity.Whole.Next(90, isSameSet: true).Direction.ShouldBe(CapacityDirection.Down);

    [Fact]
    public void Next_OtherApplications_BeginFromNothing() =>
        new TargetCapacity(80, CapacityDirection.Down).Next(20, isSameSet: false).ShouldBe(new TargetCapacity(20, CapacityDirection.Up));

    [Fact]
    public void ReplicasAt_FixedNumber_IsItsShare() => new DeploymentSpec { Name = "A", NumReplicas = 8 }.ReplicasAt(new TargetCapacity(50, CapacityDirection.Up), DateTimeOffset.UnixEpoch, current: 8).ShouldBe(4);

    [Theory]
    [InlineData(true, null, 5)] // the first deploy: half of the initial 10
    [InlineData(true, 2, 5)] // initial_replicas is the fewest while the capacity rises
    [InlineData(true, 40, 15)] // half of the most
    [InlineData(false, 2, 2)]
    [InlineData(false, 0, 1)]
    public void ReplicasAt_Bounds_AreTheirShares(bool isRising, int? current, int expected)
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { Autoscaling = new AutoscalingOptions { MinReplicas = 2, InitialReplicas = 10, MaxReplicas = 30 } });
        spec.ReplicasAt(new TargetCapacity(50, isRising ? CapacityDirection.Up : CapacityDirection.Down), DateTimeOffset.UnixEpoch, current).ShouldBe(expected);
    }

    [Fact]
    public void ReplicasAt_WholeCapacity_KeepsTheCurrentNumberWithinBounds()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { Autoscaling = new AutoscalingOptions { MinReplicas = 2, MaxReplicas = 6 } });
        new[] { 1, 4, 9 }.Select(current => spec.ReplicasAt(TargetCapacity.Whole, DateTimeOffset.UnixEpoch, current)).ShouldBe([2, 4, 6]);
    }
}
