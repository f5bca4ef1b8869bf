using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

public sealed class StoreFollowerTests : IAsyncLifetime, IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
    private EmbeddedStore _inner = null!;
    private FlakyStore _store = null!;

    public Task InitializeAsync()
    {
        _inner = _folder.Open();
        _store = new FlakyStore(_inner);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_TellsWhatIsThereThenEachChange()
    {
        await PutAsync("/a/1", "x");
        await PutAsync("/b/1", "x");
        await using var follower = await StartAsync();
        (await NextAsync()).ShouldBe("/a/1=x");
        await PutAsync("/b/2", "y");
        await PutAsync("/a/2", "y");
        await StoreFolder.DeleteAsync(_inner, "/a/1");
        (await NextAsync()).ShouldBe("/a/2=y");
        (await NextAsync()).ShouldBe("-/a/1");
    }

    [Fact]
    public async Task StartFrom_TellsOnlyWhatCameAfter()
    {
        await PutAsync("/a/1", "old");
        var known = await _inner.RangeAsync("/", default);
        await PutAsync("/a/2", "new");
        await using var follower = StoreFollower.StartFrom(known, _store, "/a/", TellAsync, _folder.Clock, _folder.Log.CreateLogger<StoreFollower>());
        (await NextAsync()).ShouldBe("/a/2=new");
    }

    [Fact]
    public async Task Handler_ThrowsForOneChange_IsToldTheNextAndTheLogNamesTheKey()
    {
        await using var follower = await StartAsync();
        await PutAsync("/a/bad", "throw");
        await PutAsync("/a/good", "x");
        (await NextAsync()).ShouldBe("/a/good=x");
        _folder.Log.Errors.Single().Message.ShouldBe("A change of '/a/bad' could not be handled");
    }

    [Fact]
    public async Task Watch_Breaks_TellsWhatBecameDifferentMeanwhileAndGoesOn()
    {
        await PutAsync("/a/same", "x");
        await PutAsync("/a/changed", "x");
        await PutAsync("/a/gone", "x");
        await using var follower = await StartAsync();
        for (var i = 0; i < 3; i++)
            await NextAsync();

        _store.Break();
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.Message.Contains("starts over")));
        await PutAsync("/a/changed", "y");
        await StoreFolder.DeleteAsync(_inner, "/a/gone");
        await PutAsync("/a/new", "z");
        _folder.Clock.Advance(TimeSpan.FromSeconds(3));
        _store.Mend();
        (await NextAsync()).ShouldBe("-/a/gone");
        (await NextAsync()).ShouldBe("/a/changed=y");
        (await NextAsync()).ShouldBe("/a/new=z");
        await PutAsync("/a/later", "w");
        (await NextAsync()).ShouldBe("/a/later=w");
        _folder.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Watch_MissedTooMuch_ReadsEverythingAgain()
    {
        var known = await _inner.RangeAsync("/", default);
        await PutAsync("/a/1", "x");
        for (var i = 0; i < 11; i++)
            await _inner.TxnAsync(new StoreTxn([], [.. Enumerable.Range(0, 1000).Select(j => new StoreChange($"/b/{j}", [], IsVolatile: true))]), default);
        await using var follower = StoreFollower.StartFrom(known, _store, "/a/", TellAsync, _folder.Clock, _folder.Log.CreateLogger<StoreFollower>());
        (await NextAsync()).ShouldBe("/a/1=x");
    }

    [Fact]
    public async Task Dispose_WhileTheStoreIsDown_Ends()
    {
        var follower = await StartAsync();
        _store.Break();
        await Eventually.TrueAsync(() => _folder.Log.Entries.Any(entry => entry.Message.Contains("starts over")));
        await follower.DisposeAsync().AsTask().WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Dispose_NothingIsToldAnyMore()
    {
        var follower = await StartAsync();
        await follower.DisposeAsync();
        await PutAsync("/a/1", "x");
        _told.Writer.Complete();
        (await _told.Reader.WaitToReadAsync()).ShouldBeFalse();
    }

    private Task<StoreFollower> StartAsync() => StoreFollower.StartAsync(_store, "/a/", TellAsync, _folder.Clock, _folder.Log.CreateLogger<StoreFollower>(), default);

    private ValueTask TellAsync(string key, byte[]? value, CancellationToken cancellationToken)
    {
        var text = value is null ? $"-{key}" : $"{key}={Encoding.UTF8.GetString(value)}";
        return text.EndsWith("=throw", StringComparison.Ordinal) ? throw new FormatException("a value that nobody can read") : _told.Writer.WriteAsync(text, cancellationToken);
    }

    private Task PutAsync(string key, string value) => StoreFolder.PutAsync(_inner, key, value);

    /// <summary>The next thing that was told; the clock runs meanwhile, so that retries come.</summary>
    private async Task<string> NextAsync()
    {
        var next = _told.Reader.ReadAsync().AsTask();
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return next.IsCompleted;
        });
        return await next;
    }
}
