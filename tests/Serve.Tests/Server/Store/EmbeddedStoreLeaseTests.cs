using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using static Serve.Tests.Server.Store.StoreFolder;

namespace Serve.Tests.Server.Store;

/// <summary>Leases outlive the process that has the store open: what lives by them is there again, and has its whole time anew.</summary>
public sealed class EmbeddedStoreLeaseTests : IDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reopen_LeasedKey_IsThereAndItsLeaseCanBeKeptAlive()
    {
        var lease = await OpenAndPutAsync();
        _folder.Clock.Advance(TimeSpan.FromMinutes(5));
        await using var store = _folder.Open();
        (await ContentsAsync(store)).ShouldBe("node@1/1=up");
        (await store.KeepAliveAsync(lease, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Reopen_NobodyKeepsTheLeaseAlive_ItEndsAfterItsWholeTime()
    {
        await OpenAndPutAsync();
        await using var store = _folder.Open();
        await using var watch = new WatchReader(store, "", StoreState.BlockLength + 1);
        watch.Begin();
        _folder.Clock.Advance(LeaseTime - TimeSpan.FromSeconds(1));
        (await ContentsAsync(store)).ShouldBe("node@1/1=up");
        _folder.Clock.Advance(TimeSpan.FromSeconds(2));
        (await watch.NextAsync()).ShouldBe("-node");
    }

    [Fact]
    public async Task Reopen_AfterTheLeaseEnded_ItsKeysStayAway()
    {
        var lease = await OpenAndPutAsync();
        await using (var store = _folder.Open())
            await store.RevokeAsync(lease, default);
        await using (var store = _folder.Open())
        {
            (await ContentsAsync(store)).ShouldBe("");
            (await store.KeepAliveAsync(lease, default)).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Reopen_FileWasRewritten_LeasesAreInTheSnapshot()
    {
        LeaseId lease;
        await using (var store = _folder.Open())
        {
            lease = await store.GrantAsync(LeaseTime, default);
            await PutAsync(store, "node", "up", lease);
            for (var i = 0; i < 40; i++)
                await PutAsync(store, "a", new string('x', 64 * 1024));
        }

        new FileInfo(_folder.File).Length.ShouldBeLessThan(1024 * 1024, "the file was not rewritten");
        await using (var store = _folder.Open())
        {
            (await store.KeepAliveAsync(lease, default)).ShouldBeTrue();
            await store.RevokeAsync(lease, default);
            (await ContentsAsync(store)).ShouldNotContain("node");
        }
    }

    [Fact]
    public async Task Grant_AfterReopening_NeverGivesAnEarlierLeaseAgain()
    {
        var first = await OpenAndPutAsync();
        await using var store = _folder.Open();
        await store.RevokeAsync(first, default);
        (await store.GrantAsync(LeaseTime, default)).ShouldNotBe(first);
    }

    /// <summary>The disk knows nothing of volatile changes. A watch that has seen them must not take later changes for known.</summary>
    [Fact]
    public async Task Watch_FromARevisionThatOnlyTheLastProcessKnew_MustReadAgain()
    {
        long seen;
        await using (var store = _folder.Open())
        {
            await PutAsync(store, "a", "1");
            await PutAsync(store, "routes", "1", isVolatile: true);
            seen = (await PutAsync(store, "routes", "2", isVolatile: true)).Revision;
        }

        await using (var store = _folder.Open())
        {
            await PutAsync(store, "a", "2");
            await using var watch = new WatchReader(store, "", seen + 1);
            await Should.ThrowAsync<StoreCompactedException>(watch.NextEventAsync);
        }
    }

    [Fact]
    public async Task Watch_ReaderFallsTooFarBehind_IsToldToReadAgain()
    {
        await using var store = _folder.Open();
        await using var watch = new WatchReader(store, "", 1);
        await PutAsync(store, "a", "1");
        (await watch.NextAsync()).ShouldBe("a=1");
        for (var i = 0; i < 3; i++)
            await store.TxnAsync(new StoreTxn([], [.. Enumerable.Range(0, 10_000).Select(n => new StoreChange($"{i}/{n}", [], IsVolatile: true))]), default);
        await Should.ThrowAsync<StoreCompactedException>(async () =>
        {
            while (true)
                await watch.NextEventAsync();
        });
    }

    private async Task<LeaseId> OpenAndPutAsync()
    {
        await using var store = _folder.Open();
        var lease = await store.GrantAsync(LeaseTime, default);
        await PutAsync(store, "node", "up", lease);
        return lease;
    }
}
