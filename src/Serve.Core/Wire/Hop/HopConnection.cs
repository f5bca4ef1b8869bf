using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Serve.Routing;

namespace Serve.Wire.Hop;

/// <summary>One connection of the hop, from either end: reads frames, hands them to their streams, and ends with all its streams where the peer goes or breaks the protocol.</summary>
internal sealed partial class HopConnection : IRoomListener
{
    private readonly Socket _socket;
    private readonly HopOutput _output;
    private readonly HopStreamTable _streams = new();
    private readonly IHopHandler? _handler;
    private readonly IHopClientEvents? _events;
    private readonly Action<HopConnection> _onClosed;
    private readonly HopReceiveWindow _received;
    private int _isClosed;
    private bool _isGreeted;

    private HopConnection(Socket socket, IHopHandler? handler, IHopClientEvents? events, Action<HopConnection> onClosed)
    {
        _socket = socket;
        _handler = handler;
        _events = events;
        _onClosed = onClosed;
        _output = new HopOutput(socket, Close);
        _received = new HopReceiveWindow(this, stream: 0, HopLimits.ConnectionWindow);
    }

    /// <summary>The streams that are under way.</summary>
    public int StreamCount => _streams.Count;

    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    internal HopOutput Output => _output;

    internal HopSendWindow SendWindow { get; } = new();

    /// <summary>For what a closed stream leaves unread, and for bodies as they are read.</summary>
    internal HopReceiveWindow Received => _received;

    /// <summary>Whether little is under way, so that a frame had better leave at once than wait for company.</summary>
    internal bool IsQuiet => _streams.Count <= 1;

    internal int Load => _handler?.Load ?? 0;

    /// <summary>The client's end of a connected socket.</summary>
    public static HopConnection StartClient(Socket socket, IHopClientEvents events, Action<HopConnection> onClosed) => Start(new HopConnection(socket, handler: null, events, onClosed));

    /// <summary>The server's end of an accepted socket.</summary>
    public static HopConnection StartServer(Socket socket, IHopHandler handler, Action<HopConnection> onClosed) => Start(new HopConnection(socket, handler, events: null, onClosed));

    /// <summary>Client: begins a stream.</summary>
    /// <returns>Null where the connection is closed: nothing was sent.</returns>
    public HopStream? TryOpen(HopKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> inlineBody, bool isComplete)
    {
        HopLimits.CheckHead(head.Length);
        HopLimits.CheckInline(inlineBody.Length);
        Span<byte> prefix = stackalloc byte[8];
        prefix[0] = (byte)kind;
        prefix[1] = prefix[2] = prefix[3] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], head.Length);
        var stream = new HopStream(this, kind, isServer: false, localEnded: isComplete);
        var isUrgent = IsQuiet;
        // The ids must reach the wire in their order.
        lock (_streams.OpenLock)
        {
            if (!_streams.TryAdd(stream))
                return null;
            var flags = isComplete ? HopFrameFlags.End : HopFrameFlags.None;
            if (_output.Append(new HopFrame(prefix.Length + head.Length + inlineBody.Length, HopFrameType.Open, flags, stream.Id), prefix, head, inlineBody, isUrgent) != 0)
                return stream;
        }

        _streams.Remove(stream);
        return null;
    }

    /// <summary>Server: tells the client about something that concerns all streams.</summary>
    public void Notify(byte kind, ReadOnlySpan<byte> blob = default)
    {
        HopLimits.CheckHead(blob.Length);
        _output.Append(new HopFrame(1 + blob.Length, HopFrameType.Notice, HopFrameFlags.None, 0), [kind], blob);
    }

    /// <summary>Server: tells the client, after a refusal, that there is room again.</summary>
    void IRoomListener.OnRoom() => Notify(HopNoticeKind.Free);

    /// <summary>Tells the peer that this end will go. What runs goes on.</summary>
    public void SendGoAway(string reason) =>
        _output.Append(new HopFrame(Encoding.UTF8.GetByteCount(reason), HopFrameType.GoAway, HopFrameFlags.None, 0), Encoding.UTF8.GetBytes(reason));

    /// <summary>Ends the connection and every stream on it.</summary>
    public void Close(Exception? cause)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        _output.Close();
        _socket.Dispose();
        SendWindow.Close();
        foreach (var stream in _streams.Close())
            stream.OnReset(HopResetCode.Lost, cause?.Message ?? "the connection ended");
        _onClosed(this);
    }

    /// <returns>A mark of the frame for <see cref="TryEnd"/>.</returns>
    internal long Send(HopStream stream, HopFrameType type, HopFrameFlags flags, ReadOnlySpan<byte> first = default, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default)
    {
        // After a head the end follows often at once, and then both had better leave together.
        var isUrgent = IsQuiet && (type != HopFrameType.Head || flags == HopFrameFlags.End);
        return _output.Append(new HopFrame(first.Length + second.Length + third.Length, type, flags, stream.Id), first, second, third, isUrgent);
    }

    /// <summary>Makes a frame the last one of its stream, where it has not left yet.</summary>
    internal bool TryEnd(long mark) => _output.TryEnd(mark, IsQuiet);

    internal void SendWindowUpdate(uint stream, int count)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(payload, count);
        _output.Append(new HopFrame(payload.Length, HopFrameType.Window, HopFrameFlags.None, stream), payload);
    }

    internal void Forget(HopStream stream) => _streams.Remove(stream);

    private static HopConnection Start(HopConnection connection)
    {
        Span<byte> hello = stackalloc byte[6];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, HopLimits.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello[4..], HopLimits.Version);
        connection._output.Append(new HopFrame(hello.Length, HopFrameType.Hello, HopFrameFlags.None, 0), hello);
        _ = connection.ReadAsync();
        return connection;
    }
}
