using Microsoft.Extensions.Logging;
using Serve.Server.Node;
using Serve.Server.Node.Resources;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Records;
using Serve.Testing;
using Serve.Tests.Server.Store;

namespace Serve.Tests.Server.Nodes;

/// <summary>What becomes of a node's place in the cluster when the store fails or forgets it.</summary>
public sealed class NodeMembershipTests : IAsyncLifetime
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    private readonly StoreFolder _folder = new();
    private EmbeddedStore _inner = null!;
    private FlakyStore _store = null!;
    private int _joinedAgain;

    public Task InitializeAsync()
    {
        _inner = _folder.Open();
        _store = new FlakyStore(_inner);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Lease_KeptAlive_NodeStaysForEver()
    {
        await using var membership = await JoinAsync();
        for (var i = 0; i < 10; i++)
            await TickAsync();
        (await InfoAsync())!.Incarnation.ShouldBe(membership.Incarnation);
        _joinedAgain.ShouldBe(0);
    }

    [Fact]
    public async Task StoreIsDownForAWhile_NodeGoesOnAndIsWhoItWas()
    {
        await using var membership = await JoinAsync();
        _store.Break();
        _folder.Clock.Advance(LeaseTime / 3);
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 5203));
        _store.Mend();
        await TickAsync();
        (await InfoAsync())!.Incarnation.ShouldBe(membership.Incarnation);
        _joinedAgain.ShouldBe(0);
    }

    [Fact]
    public async Task StoreIsDownForLongerThanTheLease_NodeJoinsAgainAsTheSameIncarnationAndReports()
    {
        await using var membership = await JoinAsync();
        var (incarnation, lease) = (membership.Incarnation, membership.Lease);
        _store.Break();
        await TickAsync();
        await TickAsync();
        _folder.Clock.Advance(LeaseTime);
        await Eventually.TrueAsync(async () => await InfoAsync() is null);
        _folder.Log.Entries.Count(entry => entry.EventId == 5203).ShouldBe(1, "an outage is told once");
        _store.Mend();
        await UntilAsync(() => _joinedAgain == 1);
        (await InfoAsync())!.Incarnation.ShouldBe(incarnation);
        membership.Incarnation.ShouldBe(incarnation);
        membership.Lease.ShouldNotBe(lease);

        for (var i = 0; i < 5; i++)
            await TickAsync();
        (await InfoAsync()).ShouldNotBeNull("the new lease is kept alive");
        _joinedAgain.ShouldBe(1);
    }

    [Fact]
    public async Task JoiningAgain_StoreFailsInBetween_IsTriedUntilItWorks()
    {
        await using var membership = await JoinAsync();
        await _inner.RevokeAsync(membership.Lease, default);
        _store.Break();
        _folder.Clock.Advance(LeaseTime / 3);
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 5203));
        _joinedAgain.ShouldBe(0);
        _store.Mend();
        await UntilAsync(() => _joinedAgain == 1);
        (await InfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Dispose_LeavesTheClusterAtOnce()
    {
        var membership = await JoinAsync();
        await membership.DisposeAsync();
        (await InfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Dispose_StoreIsDown_EndsAllTheSame()
    {
        var membership = await JoinAsync();
        _store.Break();
        await membership.DisposeAsync().AsTask().WaitAsync(Eventually.Patience);
        _folder.Log.Entries.ShouldContain(entry => entry.EventId == 5204);
    }

    [Fact]
    public async Task Join_AnotherNodeHasTheName_IsRefusedAndSaysWhatToDo()
    {
        await using var first = await JoinAsync();
        var second = await PrepareAsync("/elsewhere");
        var error = await Should.ThrowAsync<InvalidOperationException>(() => second.JoinAsync(proxy: null, default));
        error.Message.ShouldContain("--node-name");
        error.Message.ShouldContain(_folder.Folder);
        (await InfoAsync())!.Incarnation.ShouldBe(first.Incarnation);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Join_PredecessorInTheSameFolderLeftItsName_TakesItsPlaceAtOnce()
    {
        var lost = await PrepareAsync(_folder.Folder);
        await lost.JoinAsync(proxy: null, default);
        await using var next = await JoinAsync();
        (await InfoAsync())!.Incarnation.ShouldBe(next.Incarnation);
        await lost.DisposeAsync();
    }

    [Fact]
    public async Task ForgetPredecessor_TakesWhatItToldAndNothingElse()
    {
        await using var membership = await JoinAsync();
        await StoreFolder.PutAsync(_inner, $"{ClusterKeys.StatusOf("n")}replicas/a", "1", membership.Lease);
        await StoreFolder.PutAsync(_inner, $"{ClusterKeys.DesiredOf("n")}replicas/a", "1");
        await StoreFolder.PutAsync(_inner, ClusterKeys.Info("n2"), "1");
        await NodeMembership.ForgetPredecessorAsync(_inner, "n", default);
        (await _inner.RangeAsync("", default)).Entries.Select(entry => entry.Key).ShouldBe([$"{ClusterKeys.DesiredOf("n")}replicas/a", ClusterKeys.Info("n2")], ignoreOrder: true);
    }

    private async Task<NodeMembership> JoinAsync()
    {
        var membership = await PrepareAsync(_folder.Folder);
        await membership.JoinAsync(proxy: null, default);
        return membership;
    }

    private Task<NodeMembership> PrepareAsync(string dataFolder) => NodeMembership.PrepareAsync(
        _store,
        new NodeOptions { Name = "n", DataFolder = dataFolder, RunFolder = dataFolder, Resources = new NodeResources { Cpus = 4, MemoryBytes = 1024 } },
        () => Interlocked.Increment(ref _joinedAgain),
        _folder.Clock,
        _folder.Log.CreateLogger<NodeMembership>(),
        default);

    private async Task<NodeInfo?> InfoAsync() =>
        (await _inner.RangeAsync(ClusterKeys.Info("n"), default)).Entries.Where(entry => entry.Key == ClusterKeys.Info("n")).Select(entry => StoreJson.Read<NodeInfo>(entry.Value)).FirstOrDefault();

    /// <summary>Lets a third of the lease pass, and the node keep it alive.</summary>
    private async Task TickAsync()
    {
        var before = _store.KeepAlives;
        _folder.Clock.Advance(LeaseTime / 3);
        await Eventually.TrueAsync(() => _store.KeepAlives > before);
    }

    private Task UntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _folder.Clock.Advance(LeaseTime / 3);
        return condition();
    });
}
