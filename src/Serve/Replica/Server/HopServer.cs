using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>A worker's web server: requests and calls come over the hop, from Serve's own processes only.</summary>
internal sealed class HopServer : IServer
{
    private readonly HopServerSettings _settings;
    private readonly StreamCount _running = new();
    private HopListener? _listener;
    private bool _isStopped;

    public HopServer(HopServerSettings settings)
    {
        _settings = settings;
        // The program's own addresses are for when it runs alone; it may set them all the same.
        Features.Set<IServerAddressesFeature>(new ServerAddressesFeature());
    }

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _listener = HopListener.Listen(_settings.SocketPath, new HopHandler<TContext>(_settings, _running, application));
        return Task.CompletedTask;
    }

    /// <summary>Tells everybody a thing that concerns all requests: see <see cref="HopListener.Notify"/>.</summary>
    public void Notify(byte kind, ReadOnlySpan<byte> blob) => _listener?.Notify(kind, blob);

    /// <summary>Takes nothing more, lets what runs come to its end, and cuts it off when the host has waited long enough.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_listener is null || _isStopped)
            return;
        _isStopped = true;
        _listener.AnnounceEnd("the replica stops");
        _ = _settings.Gate.CloseAsync();
        try
        {
            await _running.WhenNoneAsync().WaitAsync(cancellationToken);
            await _listener.CompleteAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _settings.Log.LogCutOff(_running.Value + 1);
        }

        await _listener.DisposeAsync();
    }

    public void Dispose()
    {
        if (_listener is not null && !_isStopped)
            _ = _listener.DisposeAsync().AsTask();
    }
}
