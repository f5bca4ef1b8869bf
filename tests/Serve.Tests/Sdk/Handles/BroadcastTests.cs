using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

public sealed class BroadcastTests : HandleSuite
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Broadcast_AllReplicasBusyAndTheQueueFull_ReachesEachOnce(bool isRemote)
    {
        await StartAsync(isRemote, replicas: 3, maxOngoing: 1, maxQueued: 1);
        var running = Enumerable.Range(0, 3).Select(_ => Remote.WaitAsync(CancellationToken.None)).ToList();
        await Eventually.TrueAsync(() => Enumerable.Range(0, 3).All(i => Host.Object<Subject>(i).Waiting == 1));
        var queued = Remote.EchoAsync("queued");

        var results = await Handle.BroadcastAsync(remote => remote.EchoAsync("all"));
        results.Select(result => result.ReplicaId).ShouldBe(["app#Subject#1-0", "app#Subject#1-1", "app#Subject#1-2"]);
        results.ShouldAllBe(result => result.Value == "all!");
        Enumerable.Range(0, 3).ShouldAllBe(i => Host.Object<Subject>(i).Calls == 2);

        for (var i = 0; i < 3; i++)
            Host.Object<Subject>(i).Release();
        await Task.WhenAll(running);
        (await queued).ShouldBe("queued!");
        await Eventually.TrueAsync(() => Enumerable.Range(0, 3).All(i => Host.Replica<Subject>(i).Gate.Ongoing == 0));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Broadcast_SomeReplicasFail_HasTheirExceptionsInPlace(bool isRemote)
    {
        await StartAsync(isRemote, replicas: 3);
        Host.Object<Subject>(0).Release();
        Host.Object<Subject>(2).Release();
        var handle = Handle.With(new CallOptions { Timeout = TimeSpan.FromSeconds(1) });
        var results = await handle.BroadcastAsync(remote => remote.WaitAsync(CancellationToken.None));
        (results[0].Value, results[2].Value).ShouldBe(("released", "released"));
        results[1].Exception.ShouldBeOfType<RequestTimeoutException>();
        Should.Throw<RequestTimeoutException>(() => results[1].Value);

        var failures = await Handle.BroadcastAsync(remote => remote.ThrowAsync("bad"));
        failures.ShouldAllBe(result => result.Exception is RemoteException);
    }

    [Fact]
    public async Task Broadcast_OneReplicaIsGone_SaysSoForThatOne()
    {
        await StartAsync(isRemote: true, replicas: 2);
        await Host.Replica<Subject>(0).DisposeAsync();
        var results = await Handle.BroadcastAsync(remote => remote.EchoAsync("a"));
        results[0].Exception.ShouldBeOfType<ReplicaLostException>();
        results[1].Value.ShouldBe("a!");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Broadcast_ReplicaDrains_IsNotCalled(bool isRemote)
    {
        await StartAsync(isRemote);
        await Host.Replica<Subject>().Gate.CloseAsync();
        var results = await Handle.BroadcastAsync(remote => remote.EchoAsync("a"));
        results[0].Exception.ShouldBeOfType<DeploymentUnavailableException>().Message.ShouldContain("app#Subject#1-0");
        Subject.Calls.ShouldBe(0);
    }
}
