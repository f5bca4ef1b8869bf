namespace Serve.Wire.Hop;

/// <summary>The streams of one connection by their ids.</summary>
internal sealed class HopStreamTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, HopStream> _streams = [];
    private uint _lastId;
    private bool _isClosed;

    /// <summary>Client: held from the choice of an id until its OPEN is in the output.</summary>
    public Lock OpenLock { get; } = new();

    public int Count => _streams.Count;

    /// <summary>Client: gives the stream the next id.</summary>
    /// <returns>False where the connection is closed, or has had all ids.</returns>
    public bool TryAdd(HopStream stream)
    {
        lock (_lock)
        {
            if (_isClosed || _lastId == uint.MaxValue)
                return false;
            stream.Id = ++_lastId;
            _streams.Add(stream.Id, stream);
            return true;
        }
    }

    /// <summary>Server: takes a stream with the client's id.</summary>
    /// <returns>False where there are too many.</returns>
    /// <exception cref="HopProtocolException">The id was used already.</exception>
    public bool TryAdd(HopStream stream, uint id)
    {
        lock (_lock)
        {
            if (id <= _lastId)
                throw new HopProtocolException($"an OPEN of stream {id} after one of stream {_lastId}");
            _lastId = id;
            stream.Id = id;
            if (_isClosed || _streams.Count >= HopLimits.MaxStreams)
                return false;
            _streams.Add(id, stream);
            return true;
        }
    }

    public HopStream? Find(uint id)
    {
        lock (_lock)
            return _streams.GetValueOrDefault(id);
    }

    public void Remove(HopStream stream)
    {
        lock (_lock)
            _streams.Remove(stream.Id);
    }

    /// <summary>Takes no more streams.</summary>
    /// <returns>Those that were there.</returns>
    public IReadOnlyList<HopStream> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            var all = _streams.Values.ToList();
            _streams.Clear();
            return all;
        }
    }
}
