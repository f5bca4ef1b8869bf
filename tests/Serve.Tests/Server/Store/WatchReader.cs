using System.Text;
using Serve.Server.Store;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>Reads a watch event by event.</summary>
internal sealed class WatchReader(IClusterStore store, string prefix, long fromRevision, int keyOffset = 0) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private IAsyncEnumerator<StoreEvent>? _events;
    private Task<bool>? _next;

    /// <summary>The next event as <c>key=value</c>, or <c>-key</c> for a deletion.</summary>
    public async Task<string> NextAsync() => Text(await NextEventAsync());

    public async Task<StoreEvent> NextEventAsync()
    {
        Begin();
        (await _next!.WaitAsync(Eventually.Patience)).ShouldBeTrue("the watch has ended");
        _next = null;
        return _events!.Current;
    }

    public async Task<string> NextAsync(int count)
    {
        var texts = new List<string>();
        for (var i = 0; i < count; i++)
            texts.Add(await NextAsync());
        return string.Join(' ', texts);
    }

    /// <summary>Completes when the watch ends without another event.</summary>
    public async Task EndAsync()
    {
        Begin();
        (await _next!.WaitAsync(Eventually.Patience)).ShouldBeFalse("there was another event");
    }

    /// <summary>Starts to watch without waiting for an event.</summary>
    public void Begin()
    {
        _events ??= store.WatchAsync(prefix, fromRevision, _stopping.Token).GetAsyncEnumerator(_stopping.Token);
        _next ??= _events.MoveNextAsync().AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_next is not null)
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_events is not null)
            await _events.DisposeAsync();
        _stopping.Dispose();
    }

    private string Text(StoreEvent change) =>
        change.Value is null ? $"-{change.Key[keyOffset..]}" : $"{change.Key[keyOffset..]}={Encoding.UTF8.GetString(change.Value)}";
}
