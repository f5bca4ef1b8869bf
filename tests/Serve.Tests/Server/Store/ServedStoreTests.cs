using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

/// <summary>The conformance kit on the embedded store as another process sees it: over a unix socket, with etcd's protocol.</summary>
public sealed class ServedStoreTests : ClusterStoreConformance
{
    private const int HistoryLength = 10_000;

    private readonly ServedStore _served = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _served.DisposeAsync();
        _served.Log.Errors.ShouldBeEmpty();
    }

    private protected override async Task<IClusterStore> OpenAsync()
    {
        await _served.StartAsync();
        return _served.Connect();
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        _served.Clock.Advance(time);
        return Task.CompletedTask;
    }

    private protected override Task CompactAsync() => ChangeAsync([.. Enumerable.Range(0, HistoryLength).Select(i => Set($"history/{i}", ""))]);
}
