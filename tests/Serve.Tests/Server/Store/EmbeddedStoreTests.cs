using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>The conformance kit on the embedded store.</summary>
public sealed class EmbeddedStoreTests : ClusterStoreConformance, IDisposable
{
    private const int HistoryLength = 10_000;

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly TestLog _log = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
        _log.Errors.ShouldBeEmpty();
    }

    private protected override Task<IClusterStore> OpenAsync() => Task.FromResult<IClusterStore>(EmbeddedStore.Open(_folder.Path, _clock, _log.CreateLogger<EmbeddedStore>()));

    private protected override Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.CompletedTask;
    }

    private protected override Task CompactAsync() => ChangeAsync([.. Enumerable.Range(0, HistoryLength).Select(i => Set($"history/{i}", "") with { IsVolatile = true })]);
}
