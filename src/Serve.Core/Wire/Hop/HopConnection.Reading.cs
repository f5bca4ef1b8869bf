using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Serve.Wire.Hop;

/// <summary>The reading side.</summary>
internal sealed partial class HopConnection
{
    private const int FirstReadSize = 32 * 1024;

    private const int LargestReadSize = 2 * (HopFrame.HeaderLength + HopLimits.MaxPayload);

    private long _lastRead = Environment.TickCount64;

    /// <summary>When the peer last said anything, on the clock of <see cref="Environment.TickCount64"/>.</summary>
    internal long LastRead => Volatile.Read(ref _lastRead);

    internal void SendPing() => _output.Append(new HopFrame(0, HopFrameType.Ping, HopFrameFlags.None, 0));

    private async Task ReadAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstReadSize);
        Exception? cause = null;
        try
        {
            var start = 0;
            var end = 0;
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(end), SocketFlags.None);
                if (read == 0)
                    break;
                end += read;
                Volatile.Write(ref _lastRead, Environment.TickCount64);
                start += HandleFrames(buffer.AsSpan(start, end - start));
                MakeRoom(ref buffer, ref start, ref end);
            }
        }
        catch (HopProtocolException exception)
        {
            cause = exception;
            await CutOffAsync(exception);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            cause = exception;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Close(cause);
        }
    }

    /// <summary>Moves what is left to the front, and takes a larger buffer where it is about to be full.</summary>
    private static void MakeRoom(ref byte[] buffer, ref int start, ref int end)
    {
        var left = end - start;
        if (left == 0)
        {
            // A buffer that was full means that more is coming.
            if (end == buffer.Length && buffer.Length < LargestReadSize)
                Replace(ref buffer, buffer.Length * 2, start, 0);
        }
        else if (buffer.Length < LargestReadSize && left > buffer.Length / 2)
        {
            Replace(ref buffer, LargestReadSize, start, left);
        }
        else if (start > 0)
        {
            buffer.AsSpan(start, left).CopyTo(buffer);
        }

        start = 0;
        end = left;
    }

    private static void Replace(ref byte[] buffer, int size, int start, int left)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(start, left).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    /// <returns>The number of bytes that whole frames took.</returns>
    private int HandleFrames(ReadOnlySpan<byte> bytes)
    {
        var done = 0;
        while (bytes.Length - done >= HopFrame.HeaderLength)
        {
            var frame = HopFrame.Read(bytes[done..]);
            var whole = HopFrame.HeaderLength + frame.Length;
            if (bytes.Length - done < whole)
                break;
            Handle(frame, bytes.Slice(done + HopFrame.HeaderLength, frame.Length));
            done += whole;
        }

        return done;
    }

    private void Handle(HopFrame frame, ReadOnlySpan<byte> payload)
    {
        if (!_isGreeted)
        {
            Greet(frame, payload);
            return;
        }

        switch (frame.Type)
        {
            case HopFrameType.Open when _handler is not null:
                OnOpen(frame, payload, _handler);
                break;
            case HopFrameType.Accept or HopFrameType.Refuse or HopFrameType.Head when _events is not null:
                OnAnswer(frame, payload, _events);
                break;
            case HopFrameType.Data:
                OnData(frame, payload);
                break;
            case HopFrameType.Trailers:
                Bound(payload.Length, HopLimits.MaxHead, frame);
                _streams.Find(frame.Stream)?.OnTrailers(payload);
                break;
            case HopFrameType.Window:
                OnWindow(frame, payload);
                break;
            case HopFrameType.Reset:
                OnReset(frame, payload);
                break;
            case HopFrameType.Ping:
                _output.Append(new HopFrame(0, HopFrameType.Pong, HopFrameFlags.None, 0));
                break;
            case HopFrameType.Pong:
                break;
            case HopFrameType.Notice when _events is not null:
                OnNotice(payload, _events);
                break;
            case HopFrameType.GoAway:
                _events?.OnDraining();
                break;
            default:
                throw new HopProtocolException($"a frame of type {frame.Type} that this end must not send, or not now");
        }
    }

    private void Greet(HopFrame frame, ReadOnlySpan<byte> payload)
    {
        if (frame.Type != HopFrameType.Hello || payload.Length < 6 || BinaryPrimitives.ReadUInt32LittleEndian(payload) != HopLimits.Magic)
            throw new HopProtocolException("it does not begin with the greeting of Serve's hop");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]);
        if (version != HopLimits.Version)
            throw new HopProtocolException($"it speaks version {version} of the hop and this end {HopLimits.Version}; both ends must use the same version of Serve");
        _isGreeted = true;
    }

    private void OnOpen(HopFrame frame, ReadOnlySpan<byte> payload, IHopHandler handler)
    {
        if (payload.Length < 8 || payload[0] is not ((byte)HopKind.Http or (byte)HopKind.Call))
            throw new HopProtocolException("an OPEN of unknown kind");
        var head = ReadHeadLength(payload[4..], frame);
        var stream = new HopStream(this, (HopKind)payload[0], isServer: true, localEnded: false);
        var isKnown = _streams.TryAdd(stream, frame.Stream);
        stream.OnOpened(payload[8..], head, frame.IsEnd);
        if (!isKnown)
            stream.Refuse(HopRefusal.TooManyStreams);
        else
            handler.OnOpen(stream);
    }

    private void OnAnswer(HopFrame frame, ReadOnlySpan<byte> payload, IHopClientEvents events)
    {
        const int LoadLength = 4;
        if (payload.Length < LoadLength + (frame.Type == HopFrameType.Accept ? 0 : frame.Type == HopFrameType.Refuse ? 1 : 4))
            throw new HopProtocolException($"a {frame.Type} frame of {payload.Length} bytes");
        events.OnLoad(BinaryPrimitives.ReadInt32LittleEndian(payload));
        payload = payload[LoadLength..];
        var stream = _streams.Find(frame.Stream);
        switch (frame.Type)
        {
            case HopFrameType.Accept:
                stream?.OnAccepted();
                break;
            case HopFrameType.Refuse:
                stream?.OnRefused((HopRefusal)payload[0]);
                break;
            default:
                var head = ReadHeadLength(payload, frame);
                stream?.OnAnswered(payload[4..], head, frame.IsEnd);
                break;
        }
    }

    private void OnData(HopFrame frame, ReadOnlySpan<byte> payload)
    {
        Bound(payload.Length, HopLimits.MaxData, frame);
        _received.Take(payload.Length);
        if (_streams.Find(frame.Stream) is not { } stream || !stream.OnData(payload, frame.IsEnd))
            _received.GiveBack(payload.Length);
    }

    private void OnWindow(HopFrame frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4 || BinaryPrimitives.ReadInt32LittleEndian(payload) is not (> 0 and var count))
            throw new HopProtocolException("a WINDOW that opens nothing");
        if (frame.Stream == 0)
            SendWindow.Add(count);
        else
            _streams.Find(frame.Stream)?.OnWindow(count);
    }

    private void OnReset(HopFrame frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length is 0 or > HopLimits.MaxReason + 1)
            throw new HopProtocolException($"a RESET of {payload.Length} bytes");
        _streams.Find(frame.Stream)?.OnReset((HopResetCode)payload[0], Encoding.UTF8.GetString(payload[1..]));
    }

    private static void OnNotice(ReadOnlySpan<byte> payload, IHopClientEvents events)
    {
        if (payload.IsEmpty)
            throw new HopProtocolException("a NOTICE without a kind");
        if (payload[0] == HopNoticeKind.Free)
            events.OnFree();
        else
            events.OnNotice(payload[0], payload[1..]);
    }

    private static int ReadHeadLength(ReadOnlySpan<byte> payload, HopFrame frame)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(payload);
        if (length < 0 || length > HopLimits.MaxHead || length > payload.Length - 4 || payload.Length - 4 - length > HopLimits.MaxInline)
            throw new HopProtocolException($"a {frame.Type} frame whose head of {length} bytes is out of bounds");
        return length;
    }

    private static void Bound(int length, int most, HopFrame frame)
    {
        if (length > most)
            throw new HopProtocolException($"a {frame.Type} frame of {length} bytes; the most is {most}");
    }

    /// <summary>Says why, and waits a moment until the peer has had the chance to read it.</summary>
    private async Task CutOffAsync(HopProtocolException exception)
    {
        SendGoAway(exception.Message);
        _output.CompleteAfterFlush();
        await _output.WhenFlushedAsync().WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
