using System.Text;
using Microsoft.Extensions.Logging;
using Serve.Server.Node;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Testing;
using Serve.Tests.Server.Store;

namespace Serve.Tests.Server.Nodes;

/// <summary>A node's statuses reach the store in the end, whatever happens to it meanwhile.</summary>
public sealed class StatusWriterTests : IAsyncLifetime
{
    private readonly StoreFolder _folder = new();
    private EmbeddedStore _inner = null!;
    private FlakyStore _store = null!;
    private LeaseId _lease;

    public async Task InitializeAsync()
    {
        _inner = _folder.Open();
        _store = new FlakyStore(_inner);
        _lease = await _inner.GrantAsync(TimeSpan.FromHours(1), default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Write_StoreIsDown_LastValuesArriveWhenItIsBack()
    {
        await using var writer = Writer();
        _store.Break();
        writer.Write("a", "1"u8.ToArray());
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 5101));
        writer.Write("a", "2"u8.ToArray());
        writer.Write("b", "1"u8.ToArray());
        _store.Mend();
        await UntilAsync(async () => await ValuesAsync() == "a=2 b=1");
        _folder.Log.Entries.Count(entry => entry.EventId == 5101).ShouldBe(1, "an outage is told once");
    }

    [Fact]
    public async Task Write_LeaseHasEnded_ValuesArriveUnderTheNextOne()
    {
        await using var writer = Writer();
        await _inner.RevokeAsync(_lease, default);
        writer.Write("a", "1"u8.ToArray());
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.EventId == 5101));
        _lease = await _inner.GrantAsync(TimeSpan.FromHours(1), default);
        await UntilAsync(async () => await ValuesAsync() == "a=1");
        (await _inner.RangeAsync("a", default)).Entries.Single().Lease.ShouldBe(_lease);
    }

    [Fact]
    public async Task OnStored_AnOlderValueHasLanded_TheLastIsSaidAgain()
    {
        await using var writer = Writer();
        writer.Write("a", "1"u8.ToArray());
        writer.Write("a", "2"u8.ToArray());
        await UntilAsync(async () => await ValuesAsync() == "a=2");
        await _inner.TxnAsync(new StoreTxn([], [new StoreChange("a", "1"u8.ToArray())]), default);
        writer.OnStored("a", "1"u8.ToArray());
        await UntilAsync(async () => await ValuesAsync() == "a=2");
    }

    [Fact]
    public async Task OnStored_KeyWasTakenAway_NothingIsSaidOfItAnyMore()
    {
        await using var writer = Writer();
        writer.Write("a", "1"u8.ToArray());
        await UntilAsync(async () => await ValuesAsync() == "a=1");
        await _inner.TxnAsync(new StoreTxn([], [new StoreChange("a", Value: null)]), default);
        writer.OnStored("a", value: null);
        writer.OnStored("a", "0"u8.ToArray());
        writer.Write("b", "1"u8.ToArray());
        await UntilAsync(async () => await ValuesAsync() == "b=1");
    }

    [Fact]
    public async Task Write_ManyValues_NoTransactionIsLargerThanEtcdTakes()
    {
        const int Count = 350;
        await using var writer = Writer();
        _store.Break();
        for (var i = 0; i < Count; i++)
            writer.Write($"{i}", "1"u8.ToArray());
        _store.Mend();
        await UntilAsync(async () => (await _inner.RangeAsync("", default)).Entries.Count == Count);
        var perRevision = (await _inner.RangeAsync("", default)).Entries.CountBy(entry => entry.ModRevision);
        perRevision.ShouldAllBe(pair => pair.Value <= 128);
    }

    [Fact]
    public async Task Dispose_WritesWhatWaits()
    {
        var writer = Writer();
        for (var i = 0; i < 10; i++)
            writer.Write("a", Encoding.UTF8.GetBytes($"{i}"));
        await writer.DisposeAsync();
        (await ValuesAsync()).ShouldBe("a=9");
    }

    [Fact]
    public async Task Dispose_StoreIsDown_GivesUpInTheEnd()
    {
        var writer = Writer();
        _store.Break();
        writer.Write("a", "1"u8.ToArray());
        var disposing = writer.DisposeAsync().AsTask();
        await UntilAsync(() => Task.FromResult(disposing.IsCompleted));
        await disposing;
    }

    private StatusWriter Writer() => new(_store, () => _lease, _folder.Clock, _folder.Log.CreateLogger<StatusWriter>());

    private async Task<string> ValuesAsync() =>
        string.Join(' ', (await _inner.RangeAsync("", default)).Entries.Select(entry => $"{entry.Key}={Encoding.UTF8.GetString(entry.Value)}"));

    private Task UntilAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(() =>
    {
        _folder.Clock.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });
}
