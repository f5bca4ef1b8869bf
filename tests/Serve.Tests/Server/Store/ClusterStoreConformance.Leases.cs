using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

public abstract partial class ClusterStoreConformance
{
    [Fact]
    public async Task Lease_TimeIsUp_ItsKeysAreDeletedAsOneChange()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        await PutAsync("stays", "1");
        await PutAsync("a", "1", lease);
        var revision = await PutAsync("b", "1", lease);
        await using var watch = Watch(revision + 1);
        await PassAsync(LeaseTime + TimeSpan.FromSeconds(5));
        var (first, second) = (await watch.NextEventAsync(), await watch.NextEventAsync());
        first.Revision.ShouldBe(second.Revision);
        (await ValuesAsync()).ShouldBe("stays=1");
    }

    [Fact]
    public async Task Lease_KeptAlive_LivesOnFromThen()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        var revision = await PutAsync("a", "1", lease);
        for (var i = 0; i < 4; i++)
        {
            await PassAsync(LeaseTime * 0.5);
            (await Store.KeepAliveAsync(lease, default)).ShouldBeTrue();
        }

        (await ValuesAsync()).ShouldBe("a=1");
        await using var watch = Watch(revision + 1);
        await PassAsync(LeaseTime + TimeSpan.FromSeconds(5));
        (await watch.NextAsync()).ShouldBe("-a");
    }

    [Fact]
    public async Task KeepAlive_LeaseHasEnded_IsFalse()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        await Store.RevokeAsync(lease, default);
        (await Store.KeepAliveAsync(lease, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task KeepAlive_UnknownLease_IsFalse() => (await Store.KeepAliveAsync(new LeaseId(987_654_321), default)).ShouldBeFalse();

    [Fact]
    public async Task Revoke_DeletesItsKeysAtOnce()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        var other = await Store.GrantAsync(LeaseTime, default);
        await PutAsync("a", "1", lease);
        await PutAsync("b", "1", other);
        await Store.RevokeAsync(lease, default);
        (await ValuesAsync()).ShouldBe("b=1");
    }

    [Fact]
    public async Task Revoke_Twice_DoesNothing()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        await Store.RevokeAsync(lease, default);
        var revision = await PutAsync("a", "1");
        await Store.RevokeAsync(lease, default);
        (await Store.RangeAsync(Key(""), default)).Revision.ShouldBe(revision);
    }

    [Fact]
    public async Task Lease_KeyIsPutWithoutIt_LivesOn()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        await PutAsync("a", "1", lease);
        await PutAsync("a", "2");
        await Store.RevokeAsync(lease, default);
        (await ValuesAsync()).ShouldBe("a=2");
    }

    [Fact]
    public async Task Txn_UnderAnEndedLease_FailsWholeAndNamesTheKey()
    {
        var lease = await Store.GrantAsync(LeaseTime, default);
        await Store.RevokeAsync(lease, default);
        var change = Set("a", "1") with { Lease = lease };
        var error = await Should.ThrowAsync<InvalidOperationException>(() => ChangeAsync(Set("b", "1"), change));
        error.Message.ShouldContain(Key("a"));
        (await ValuesAsync()).ShouldBe("");
    }
}
