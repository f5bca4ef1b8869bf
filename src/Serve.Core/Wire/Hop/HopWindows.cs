namespace Serve.Wire.Hop;

/// <summary>How many bytes a whole connection may still send, shared by its streams.</summary>
internal sealed class HopSendWindow
{
    private readonly Lock _lock = new();
    private readonly Queue<HopStream> _blocked = [];
    private long _left = HopLimits.ConnectionWindow;

    /// <summary>Takes up to so many bytes. Where there are none, the stream is told when there are.</summary>
    public int Take(int count, HopStream stream)
    {
        lock (_lock)
        {
            var taken = (int)Math.Min(count, _left);
            _left -= taken;
            if (taken == 0 && count > 0)
                _blocked.Enqueue(stream);
            return taken;
        }
    }

    /// <summary>Opens the window by so many bytes, by the peer's word or because what was taken was not sent.</summary>
    public void Add(int count)
    {
        List<HopStream> blocked;
        lock (_lock)
        {
            _left += count;
            if (_left > HopLimits.ConnectionWindow)
                throw new HopProtocolException("WINDOWs for more bytes than were sent");
            if (_blocked.Count == 0)
                return;
            blocked = [.. _blocked];
            _blocked.Clear();
        }

        foreach (var stream in blocked)
            stream.OnCredit();
    }

    public void Close()
    {
        lock (_lock)
            _blocked.Clear();
    }
}

/// <summary>How many bytes the peer may still send, on a stream or on the connection. Tells it in large steps what was read.</summary>
internal sealed class HopReceiveWindow
{
    private readonly HopConnection _connection;
    private readonly uint _stream;
    private readonly int _size;
    private int _left;
    private int _unsaid;

    public HopReceiveWindow(HopConnection connection, uint stream, int size)
    {
        _connection = connection;
        _stream = stream;
        _size = size;
        _left = size;
    }

    /// <exception cref="HopProtocolException">The peer has sent more than it may.</exception>
    public void Take(int count)
    {
        if (Interlocked.Add(ref _left, -count) < 0)
            throw new HopProtocolException(_stream == 0 ? "more bytes than the connection's window allows" : $"more bytes than the window of stream {_stream} allows");
    }

    public void GiveBack(int count)
    {
        if (count == 0)
            return;
        var unsaid = Interlocked.Add(ref _unsaid, count);
        if (unsaid < _size / 4)
            return;
        unsaid = Interlocked.Exchange(ref _unsaid, 0);
        if (unsaid == 0)
            return;
        Interlocked.Add(ref _left, unsaid);
        _connection.SendWindowUpdate(_stream, unsaid);
    }
}
