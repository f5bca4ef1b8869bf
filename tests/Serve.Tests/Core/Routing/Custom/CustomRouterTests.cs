using System.Text.Json.Nodes;
using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing.Custom;

public sealed class CustomRouterTests
{
    private readonly List<ByArgument> _made = [];
    private readonly ApplicationRouter _application;

    public CustomRouterTests()
    {
        var environment = new RouterEnvironment(route => new FakeReplica(route.Id), new ManualTimeProvider()) { CreateRouter = Create };
        _application = new ApplicationRouter("app", environment);
        Update("""{"prefix":"r"}""");
    }

    private DeploymentRouter Router => _application.Find("D")!;

    [Fact]
    public async Task Acquire_ItsOwnRouter_Chooses()
    {
        for (var i = 0; i < 10; i++)
            (await AcquireAsync("1")).Replica.Id.ShouldBe("r1");
    }

    [Fact]
    public async Task Acquire_RouterLeavesItOrThrows_ServeChooses()
    {
        await AcquireAsync("no such replica");
        await AcquireAsync("throw");
        Router.Replicas.Replicas.Sum(replica => replica.Ongoing).ShouldBe(2);
    }

    [Fact]
    public async Task Acquire_ChosenReplicaIsFull_IsNoCandidate()
    {
        for (var i = 0; i < 10; i++)
            (await AcquireAsync("1")).Replica.Id.ShouldBe("r1");
        (await AcquireAsync("1")).Replica.Id.ShouldNotBe("r1");
        _made.Single().Seen.ShouldNotContain("r1");
    }

    [Fact]
    public async Task Acquire_AllFull_WaitsAndGetsTheSlotThatFrees()
    {
        var leases = new List<ReplicaLease>();
        for (var i = 0; i < 30; i++)
            leases.Add(await AcquireAsync("0"));
        var waiting = Router.AcquireAsync(default, CancellationToken.None).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        leases[3].Dispose();
        (await waiting.WaitAsync(Eventually.Patience)).Replica.ShouldBe(leases[3].Replica);
    }

    [Fact]
    public void Update_SameRules_KeepsTheRouterWithWhatItRemembers()
    {
        Update("""{"prefix":"r"}""");
        _made.Count.ShouldBe(1);
        Update("""{"prefix":"x"}""");
        _made.Count.ShouldBe(2);
        Update(arguments: null, router: null);
        Router.Replicas.Custom.ShouldBeNull();
    }

    private async Task<ReplicaLease> AcquireAsync(string argument)
    {
        var lease = Router.AcquireAsync(new PickRequest { Call = new RoutedCall { Method = "Run", Arguments = [argument] } }, CancellationToken.None);
        lease.IsCompletedSuccessfully.ShouldBeTrue();
        return await lease;
    }

    private void Update(string? arguments, string? router = "ByArgument") => _application.Update(new ApplicationRoutes(
        "app",
        "/",
        Ingress: null,
        [new DeploymentRoutes("D", 10, -1, [.. Enumerable.Range(0, 3).Select(i => new ReplicaRoute($"r{i}", ""))], UnavailableReason: null, new RoutingRules { Router = router, RouterArguments = arguments })]));

    private ByArgument Create(string name, string? arguments)
    {
        name.ShouldBe("ByArgument");
        var router = new ByArgument();
        router.Initialize(JsonNode.Parse(arguments!)!.AsObject());
        _made.Add(router);
        return router;
    }

    /// <summary>Takes the replica that the call's argument names.</summary>
    private sealed class ByArgument : IRequestRouter
    {
        private string _prefix = "";

        public List<string> Seen { get; } = [];

        public void Initialize(JsonObject arguments) => _prefix = arguments["prefix"]!.GetValue<string>();

        public int Choose(RoutedCall call, ReadOnlySpan<RouteCandidate> candidates)
        {
            Seen.Clear();
            Seen.AddRange(candidates.ToArray().Select(candidate => candidate.ReplicaId));
            return call.Arguments is ["throw"] ? throw new InvalidOperationException("A fault.") : Seen.IndexOf($"{_prefix}{(call.Arguments.Count > 0 ? call.Arguments[0] : null)}");
        }
    }
}
