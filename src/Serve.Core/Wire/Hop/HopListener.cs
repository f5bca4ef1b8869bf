using System.Net.Sockets;

namespace Serve.Wire.Hop;

/// <summary>The server's end of the hop: a unix socket that only the owner can reach, and the connections that come to it.</summary>
internal sealed class HopListener : IAsyncDisposable
{
    private const int Backlog = 512;

    private readonly Socket _socket;
    private readonly string _socketPath;
    private readonly IHopHandler _handler;
    private readonly Lock _lock = new();
    private readonly HashSet<HopConnection> _connections = [];
    private readonly Dictionary<byte, byte[]> _notices = [];
    private readonly Task _accepting;
    private bool _isClosed;

    private HopListener(Socket socket, string socketPath, IHopHandler handler)
    {
        _socket = socket;
        _socketPath = socketPath;
        _handler = handler;
        _accepting = AcceptAsync();
    }

    /// <summary>Listens at a path; a socket that a dead process left there is replaced.</summary>
    /// <exception cref="SocketException">The path can't be used.</exception>
    public static HopListener Listen(string socketPath, IHopHandler handler)
    {
        File.Delete(socketPath);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(socketPath));
            // Nobody can connect before Listen.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(socketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
            return new HopListener(socket, socketPath, handler);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Tells all clients, and each new one, something that concerns all streams. Of a kind, the last notice counts.</summary>
    public void Notify(byte kind, ReadOnlySpan<byte> blob)
    {
        lock (_lock)
        {
            _notices[kind] = blob.ToArray();
            foreach (var connection in _connections)
                connection.Notify(kind, blob);
        }
    }

    /// <summary>Tells the clients that this end will go. Streams that they open all the same still come.</summary>
    public void AnnounceEnd(string reason)
    {
        lock (_lock)
        {
            foreach (var connection in _connections)
                connection.SendGoAway(reason);
        }
    }

    /// <summary>Sends what the connections have gathered; nothing can be sent on them afterwards.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        List<HopConnection> connections;
        lock (_lock)
            connections = [.. _connections];
        foreach (var connection in connections)
            connection.Output.CompleteAfterFlush();
        foreach (var connection in connections)
            await connection.Output.WhenFlushedAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Ends the listening, the connections and what runs on them.</summary>
    public async ValueTask DisposeAsync()
    {
        List<HopConnection> connections;
        lock (_lock)
        {
            _isClosed = true;
            connections = [.. _connections];
        }

        _socket.Dispose();
        await _accepting;
        foreach (var connection in connections)
            connection.Close(cause: null);
        File.Delete(_socketPath);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _socket.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                if (_isClosed)
                    return;
                // Out of file descriptors, perhaps: others will be closed.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
                continue;
            }

            Add(accepted);
        }
    }

    private void Add(Socket accepted)
    {
        var connection = HopConnection.StartServer(accepted, _handler, OnClosed);
        lock (_lock)
        {
            if (!_isClosed && !connection.IsClosed)
            {
                _connections.Add(connection);
                foreach (var (kind, blob) in _notices)
                    connection.Notify(kind, blob);
                return;
            }
        }

        connection.Close(cause: null);
    }

    private void OnClosed(HopConnection connection)
    {
        lock (_lock)
            _connections.Remove(connection);
    }
}
