using Microsoft.Extensions.Logging;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Etcd;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>A controller's store behind its socket, which a test can take away and bring back.</summary>
internal sealed class ServedStore : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private EmbeddedStore? _store;
    private StoreGateway? _gateway;
    private string _socket = "";
    private int _starts;

    public ManualTimeProvider Clock { get; } = new();

    public TestLog Log { get; } = new();

    public string Socket => _socket;

    /// <summary>The store itself.</summary>
    public EmbeddedStore Store => _store!;

    /// <summary>Opens the store and serves it, each time at another path.</summary>
    public async Task StartAsync(Action? beforeWrite = null)
    {
        _store = EmbeddedStore.Open(_folder.Path, Clock, Log.CreateLogger<EmbeddedStore>(), beforeWrite);
        var socket = _folder.File($"{++_starts}.sock");
        _gateway = await StoreGateway.StartAsync(_store, socket, Log, default);
        _socket = socket;
    }

    public async Task StopAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
        (_gateway, _store) = (null, null);
    }

    /// <summary>A client of the store, in the time of this world: its deadlines are not the store's.</summary>
    public EtcdStore Connect() => EtcdStore.OnSocket(() => _socket, TimeProvider.System, Log.CreateLogger<EtcdStore>());

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }
}
