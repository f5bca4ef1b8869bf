using System.Buffers;
using System.Buffers.Binary;

namespace Serve.Wire.Hop;

/// <summary>What goes to the peer.</summary>
internal sealed partial class HopStream
{
    // Most streams fit into one frame each way and need none.
    private volatile HopCredit? _credit;
    // The last frame that was sent, for as long as it can still become the end.
    private long _lastFrame;

    /// <summary>Server: sends the answer's head and the beginning of its body. An answer to a stream that is over goes nowhere.</summary>
    public void SendHead(ReadOnlySpan<byte> head, ReadOnlySpan<byte> inlineBody, bool isComplete)
    {
        HopLimits.CheckHead(head.Length);
        HopLimits.CheckInline(inlineBody.Length);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(prefix, _connection.Load);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], head.Length);
        Send(HopFrameType.Head, isComplete, prefix, head, inlineBody);
    }

    /// <summary>Sends more of the body: copies it, as far as the windows have room, and waits for more of that.</summary>
    /// <exception cref="HopResetException">The stream is over.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, bool isComplete = false, CancellationToken cancellationToken = default)
    {
        var sent = SendNow(data.Span, isComplete);
        return sent == data.Length && !_connection.Output.IsCongested ? ValueTask.CompletedTask : WriteRestAsync(data[sent..], isComplete, cancellationToken);
    }

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, bool, CancellationToken)"/>
    public ValueTask WriteAsync(in ReadOnlySequence<byte> data, bool isComplete = false, CancellationToken cancellationToken = default) =>
        data.IsSingleSegment ? WriteAsync(data.First, isComplete, cancellationToken) : WriteSegmentsAsync(data, isComplete, cancellationToken);

    /// <summary>Sends what follows the body and ends this direction.</summary>
    public void SendTrailers(ReadOnlySpan<byte> trailers)
    {
        HopLimits.CheckHead(trailers.Length);
        Send(HopFrameType.Trailers, isEnd: true, trailers);
    }

    /// <summary>Ends this direction, unless it has ended.</summary>
    public ValueTask CompleteAsync()
    {
        lock (_lock)
        {
            if (_localEnded)
                return ValueTask.CompletedTask;
            _localEnded = true;
        }

        if (_lastFrame == 0 || !_connection.TryEnd(_lastFrame))
            _connection.Send(this, HopFrameType.Data, HopFrameFlags.End);
        ForgetIfOver();
        return ValueTask.CompletedTask;
    }

    internal void OnWindow(int count)
    {
        if (_credit?.TryAdd(count) != true)
            throw new HopProtocolException($"WINDOWs for more bytes than were sent on stream {Id}");
        _credit.Signal();
    }

    /// <summary>The connection has room again.</summary>
    internal void OnCredit() => _credit?.Signal();

    /// <returns>False where this direction has ended: nothing was sent.</returns>
    private bool Send(HopFrameType type, bool isEnd, ReadOnlySpan<byte> first = default, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default)
    {
        lock (_lock)
        {
            if (_localEnded)
                return false;
            _localEnded = isEnd;
        }

        _lastFrame = _connection.Send(this, type, isEnd ? HopFrameFlags.End : HopFrameFlags.None, first, second, third);
        if (isEnd)
            ForgetIfOver();
        return true;
    }

    /// <returns>How many bytes there was room for.</returns>
    private int SendNow(ReadOnlySpan<byte> data, bool isComplete)
    {
        if (IsReset)
            throw ResetException();
        var credit = _credit ?? OpenCredit();
        var sent = 0;
        do
        {
            var room = credit.Take(Math.Min(data.Length - sent, HopLimits.MaxData));
            var count = _connection.SendWindow.Take(room, this);
            if (count < room)
                credit.PutBack(room - count);
            if (count == 0 && sent < data.Length)
                return sent;
            if (!Send(HopFrameType.Data, isComplete && sent + count == data.Length, data.Slice(sent, count)))
                _connection.SendWindow.Add(count);
            sent += count;
        }
        while (sent < data.Length && !_connection.Output.IsCongested);
        return sent;
    }

    private HopCredit OpenCredit()
    {
        var credit = new HopCredit();
        _credit = credit;
        // A reset that came before could not wake anybody by it.
        Interlocked.MemoryBarrier();
        if (IsReset)
            credit.Signal();
        return credit;
    }

    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, bool isComplete, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_connection.Output.IsCongested)
                await _connection.Output.WaitAsync().WaitAsync(cancellationToken);
            if (rest.IsEmpty)
                return;
            var sent = SendNow(rest.Span, isComplete);
            rest = rest[sent..];
            if (sent == 0)
                await _credit!.WaitAsync(cancellationToken);
        }
    }

    private async ValueTask WriteSegmentsAsync(ReadOnlySequence<byte> data, bool isComplete, CancellationToken cancellationToken)
    {
        foreach (var segment in data)
        {
            if (!segment.IsEmpty)
                await WriteAsync(segment, isComplete: false, cancellationToken);
        }

        if (isComplete)
            await CompleteAsync();
    }
}
