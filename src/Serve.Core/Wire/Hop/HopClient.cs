using System.Net.Sockets;

namespace Serve.Wire.Hop;

/// <summary>The client's end of the hop to one peer: a few connections, made when they are needed, with the streams spread over them.</summary>
internal sealed class HopClient : IAsyncDisposable
{
    /// <summary>A connection with more streams than this gets company.</summary>
    private const int FullConnection = 64;

    /// <summary>A peer that has streams of ours and says nothing for so long, although it was asked, is lost.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private static readonly int MaxConnections = Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    private readonly UnixDomainSocketEndPoint _endPoint;
    private readonly string _socketPath;
    private readonly IHopClientEvents _events;
    private readonly Lock _lock = new();
    private readonly Timer _pings;
    private volatile HopConnection[] _connections = [];
    private Task<HopConnection>? _connecting;
    private bool _isDisposed;

    public HopClient(string socketPath, IHopClientEvents events)
    {
        _socketPath = socketPath;
        _endPoint = new UnixDomainSocketEndPoint(socketPath);
        _events = events;
        _pings = new Timer(static state => ((HopClient)state!).CheckConnections(), this, Silence / 3, Silence / 3);
    }

    /// <summary>Begins a stream.</summary>
    /// <param name="kind">What it carries.</param>
    /// <param name="head">Its head, at most <see cref="HopLimits.MaxHead"/> bytes.</param>
    /// <param name="inlineBody">The beginning of its body, at most <see cref="HopLimits.MaxInline"/> bytes.</param>
    /// <param name="isComplete">Whether that is the whole body.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    /// <exception cref="HopNotSentException">No connection could be made: nothing was sent.</exception>
    public ValueTask<HopStream> OpenAsync(HopKind kind, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> inlineBody, bool isComplete, CancellationToken cancellationToken)
    {
        if (Choose() is { } connection && connection.TryOpen(kind, head.Span, inlineBody.Span, isComplete) is { } stream)
            return ValueTask.FromResult(stream);
        return ConnectAndOpenAsync(kind, head, inlineBody, isComplete, cancellationToken);
    }

    /// <summary>Connects although nothing is to be sent yet, so that the peer's notices come.</summary>
    /// <exception cref="HopNotSentException">No connection could be made.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken) => await (_connections is [var first, ..] ? Task.FromResult(first) : Connect()).WaitAsync(cancellationToken);

    /// <summary>Ends all connections and what runs on them.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }

        await _pings.DisposeAsync();
        foreach (var connection in _connections)
            connection.Close(cause: null);
    }

    private async ValueTask<HopStream> ConnectAndOpenAsync(HopKind kind, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> inlineBody, bool isComplete, CancellationToken cancellationToken)
    {
        var connection = await Connect().WaitAsync(cancellationToken);
        return connection.TryOpen(kind, head.Span, inlineBody.Span, isComplete) ?? throw new HopNotSentException(_socketPath, cause: null);
    }

    /// <summary>The least busy connection; none where a new one had better be made.</summary>
    private HopConnection? Choose()
    {
        var connections = _connections;
        HopConnection? best = null;
        foreach (var connection in connections)
        {
            if (best is null || connection.StreamCount < best.StreamCount)
                best = connection;
        }

        if (best?.StreamCount > FullConnection && connections.Length < MaxConnections)
            _ = ObserveAsync(Connect());
        return best;
    }

    private static async Task ObserveAsync(Task connecting) => await connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Task<HopConnection> Connect()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _connecting ??= Task.Run(MakeConnectionAsync);
        }
    }

    private async Task<HopConnection> MakeConnectionAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(_endPoint);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            lock (_lock)
                _connecting = null;
            throw new HopNotSentException(_socketPath, exception);
        }

        var connection = HopConnection.StartClient(socket, _events, OnClosed);
        lock (_lock)
        {
            _connecting = null;
            if (!_isDisposed && !connection.IsClosed)
            {
                _connections = [.. _connections, connection];
                return connection;
            }
        }

        connection.Close(cause: null);
        throw new HopNotSentException(_socketPath, cause: null);
    }

    private void OnClosed(HopConnection connection)
    {
        lock (_lock)
            _connections = [.. _connections.Where(other => other != connection)];
        _events.OnLost();
    }

    private void CheckConnections()
    {
        var now = Environment.TickCount64;
        foreach (var connection in _connections)
        {
            if (connection.StreamCount == 0)
                continue;
            if (now - connection.LastRead > Silence.TotalMilliseconds)
                connection.Close(new TimeoutException($"the peer has said nothing for {Silence.TotalSeconds} s"));
            else
                connection.SendPing();
        }
    }
}
