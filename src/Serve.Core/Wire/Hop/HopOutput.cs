using System.Buffers;
using System.Net.Sockets;

namespace Serve.Wire.Hop;

/// <summary>
/// What a connection sends: frames of all its streams are appended to one buffer, and whatever was appended while the last write was under
/// way leaves in the next one. So a busy connection needs few system calls, and nobody waits for anybody else's flush.
/// </summary>
internal sealed class HopOutput : IThreadPoolWorkItem
{
    /// <summary>Bodies wait while more than this is unsent.</summary>
    private const int Congestion = 1024 * 1024;

    /// <summary>A buffer that has grown beyond this is not kept.</summary>
    private const int KeptSize = 256 * 1024;

    private const int FirstSize = 16 * 1024;

    private readonly Socket _socket;
    private readonly Action<Exception?> _onFailed;
    private readonly Lock _lock = new();
    private byte[] _filling = ArrayPool<byte>.Shared.Rent(FirstSize);
    private byte[]? _spare;
    private int _length;
    // Raised with each swap of the buffers: says whether a frame is still here.
    private int _generation = 1;
    private bool _isFlushing;
    // The flush waits for a thread of the pool; whoever is in a hurry does it before.
    private bool _isQueued;
    private bool _isClosed;
    private bool _endsAfterFlush;
    private TaskCompletionSource? _drained;
    private readonly TaskCompletionSource _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HopOutput(Socket socket, Action<Exception?> onFailed)
    {
        _socket = socket;
        _onFailed = onFailed;
    }

    /// <summary>Whether so much is unsent that bodies had better wait.</summary>
    public bool IsCongested => Volatile.Read(ref _length) > Congestion;

    /// <summary>Appends one frame; its payload is the three parts together.</summary>
    /// <param name="frame">The header; its length is that of the parts.</param>
    /// <param name="first">The payload's beginning.</param>
    /// <param name="second">Its middle.</param>
    /// <param name="third">Its end.</param>
    /// <param name="isUrgent">Write at once on this thread if nobody writes, rather than gather what others append meanwhile.</param>
    /// <returns>A mark of the frame for <see cref="TryEnd"/>, or 0 where the connection is closed.</returns>
    public long Append(HopFrame frame, ReadOnlySpan<byte> first = default, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default, bool isUrgent = false)
    {
        long mark;
        lock (_lock)
        {
            if (_isClosed || _endsAfterFlush)
                return 0;
            mark = ((long)_generation << 32) | (uint)_length;
            var bytes = Reserve(HopFrame.HeaderLength + frame.Length);
            frame.Write(bytes);
            bytes = bytes[HopFrame.HeaderLength..];
            first.CopyTo(bytes);
            second.CopyTo(bytes[first.Length..]);
            third.CopyTo(bytes[(first.Length + second.Length)..]);
            if (_isFlushing && !(isUrgent && _isQueued))
                return mark;
            _isFlushing = true;
            _isQueued = !isUrgent;
        }

        if (isUrgent)
            _ = FlushAsync();
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return mark;
    }

    /// <summary>Makes a frame the last one of its stream, unless it has left already. That saves a frame, and the peer gets what belongs together at once.</summary>
    /// <param name="mark">What <see cref="Append"/> said.</param>
    /// <param name="isUrgent">Write at once on this thread if nobody writes.</param>
    public bool TryEnd(long mark, bool isUrgent)
    {
        lock (_lock)
        {
            if (_isClosed || (int)(mark >> 32) != _generation)
                return false;
            HopFrame.MarkEnd(_filling.AsSpan((int)mark));
            if (!isUrgent || !_isQueued)
                return true;
            _isQueued = false;
        }

        _ = FlushAsync();
        return true;
    }

    /// <summary>Completes when the peer has taken enough that bodies may go on.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_isClosed || _length <= Congestion)
                return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Sends what is there and then ends this direction of the connection.</summary>
    public void CompleteAfterFlush()
    {
        lock (_lock)
        {
            _endsAfterFlush = true;
            if (_isFlushing || _isClosed)
                return;
            _isFlushing = true;
        }

        _ = FlushAsync();
    }

    /// <summary>After <see cref="CompleteAfterFlush"/>: completes when all is sent.</summary>
    public Task WhenFlushedAsync() => _flushed.Task;

    public void Close()
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _drained?.TrySetResult();
            _flushed.TrySetResult();
            if (!_isFlushing)
                ReturnBuffers();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_lock)
        {
            if (!_isQueued)
                return;
            _isQueued = false;
        }

        _ = FlushAsync();
    }

    private async Task FlushAsync()
    {
        var sending = _spare ?? ArrayPool<byte>.Shared.Rent(FirstSize);
        _spare = null;
        try
        {
            while (true)
            {
                var count = Swap(ref sending);
                if (count == 0)
                    return;
                for (var sent = 0; sent < count;)
                    sent += await _socket.SendAsync(sending.AsMemory(sent, count - sent), SocketFlags.None);
                if (sending.Length > KeptSize)
                {
                    ArrayPool<byte>.Shared.Return(sending);
                    sending = ArrayPool<byte>.Shared.Rent(FirstSize);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            lock (_lock)
            {
                _isFlushing = false;
                _spare = sending;
            }

            _onFailed(exception);
            Close();
        }
    }

    /// <summary>Takes what has gathered, or says that the flush is over.</summary>
    private int Swap(ref byte[] sending)
    {
        lock (_lock)
        {
            if (_length == 0 || _isClosed)
            {
                _isFlushing = false;
                _spare = sending;
                if (_isClosed)
                    ReturnBuffers();
                else if (_endsAfterFlush)
                    Shutdown();
                return 0;
            }

            var count = _length;
            (_filling, sending) = (sending, _filling);
            _generation++;
            _length = 0;
            _drained?.TrySetResult();
            _drained = null;
            return count;
        }
    }

    private void Shutdown()
    {
        _flushed.TrySetResult();
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was quicker.
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_filling.Length - _length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_filling.Length * 2, _length + count));
            _filling.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_filling);
            _filling = larger;
        }

        var bytes = _filling.AsSpan(_length, count);
        _length += count;
        return bytes;
    }

    private void ReturnBuffers()
    {
        ArrayPool<byte>.Shared.Return(_filling);
        _filling = [];
        _length = 0;
        if (_spare is { } spare)
            ArrayPool<byte>.Shared.Return(spare);
        _spare = null;
    }
}
