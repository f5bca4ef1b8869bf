using System.Net.Sockets;

namespace Serve.Wire.Control;

/// <summary>A unix socket that only its owner can reach, and what runs on the connections that come to it.</summary>
internal sealed class LinkListener : IAsyncDisposable
{
    /// <summary>Where the process has no file descriptors left, the next attempt would fail at once.</summary>
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<NetworkStream, CancellationToken, Task> _run;
    private readonly Action<Exception> _onAcceptFailed;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    /// <param name="path">The path of the socket.</param>
    /// <param name="run">Runs a connection until it ends, and must not throw. The token says that the listener ends.</param>
    /// <param name="onAcceptFailed">Told why a connection could not be accepted; the next one is tried after a moment.</param>
    /// <param name="timeProvider">The clock.</param>
    public LinkListener(string path, Func<NetworkStream, CancellationToken, Task> run, Action<Exception> onAcceptFailed, TimeProvider timeProvider)
    {
        _run = run;
        _onAcceptFailed = onAcceptFailed;
        _timeProvider = timeProvider;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        // Nobody can connect before Listen.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _listener.Listen();
        _loop = ListenAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(stopping);
                _ = Task.Run(() => _run(new NetworkStream(socket, ownsSocket: true), stopping), CancellationToken.None);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (stopping.IsCancellationRequested)
                    return;
                _onAcceptFailed(exception);
                await Task.Delay(AcceptRetry, _timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
