using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

public sealed class RouterLocationTests
{
    [Theory]
    [InlineData("n1", "z1", 0)]
    [InlineData("n2", "z1", 1)]
    [InlineData("n2", "z2", 2)]
    [InlineData("n2", null, 2)]
    [InlineData(null, null, 2)]
    public void TierOf_Replica_IsHowFarItIs(string? node, string? zone, int expected) =>
        new RouterLocation("n1", "z1").TierOf(new ReplicaRoute("r", "", node, zone)).ShouldBe(expected);

    [Fact]
    public void TierOf_RouterWithoutPlace_IsTheSameForAll() => RouterLocation.Nowhere.TierOf(new ReplicaRoute("r", "")).ShouldBe(2);

    [Theory]
    [InlineData(true, "near near near far")]
    [InlineData(false, "far near")]
    public async Task Acquire_ReplicaOnThisNode_IsTakenWhileItHasRoomWhereThatIsWanted(bool prefersNear, string expected)
    {
        var application = new ApplicationRouter("app", new RouterEnvironment(route => new FakeReplica(route.Id), new ManualTimeProvider()) { Location = new RouterLocation("n1", Zone: null) });
        application.Update(new ApplicationRoutes(
            "app",
            "/",
            "D",
            [new DeploymentRoutes("D", 3, -1, [new ReplicaRoute("far", "", "n2"), new ReplicaRoute("near", "", "n1")], UnavailableReason: null, new RoutingRules { PrefersNear = prefersNear })]));
        var order = new List<string>();
        for (var i = 0; i < expected.Split(' ').Length; i++)
            order.Add((await application.Ingress!.AcquireAsync(default, CancellationToken.None)).Replica.Id);
        if (!prefersNear)
            order.Sort(StringComparer.Ordinal);
        string.Join(' ', order).ShouldBe(expected);
    }
}
