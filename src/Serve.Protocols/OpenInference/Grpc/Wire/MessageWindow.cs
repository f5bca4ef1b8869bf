using System.Buffers;
using System.IO.Pipelines;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>What is there of a message that arrives in pieces. What has been read goes back at once, so that the sender may go on: no message needs more room than the window of its stream.</summary>
/// <param name="payload">Where it comes from.</param>
/// <param name="length">Its bytes.</param>
/// <param name="joining">Room for a field that lies in two pieces; who reads one message after the other keeps it.</param>
/// <param name="cancellationToken">Ends the wait for more.</param>
internal sealed class MessageWindow(PipeReader payload, int length, JoiningRoom joining, CancellationToken cancellationToken)
{
    private ReadOnlySequence<byte> _there = ReadOnlySequence<byte>.Empty;
    private bool _reading;
    private int _left = length;

    /// <summary>The first piece of what is there, but no more than so many bytes.</summary>
    public ReadOnlySpan<byte> First(int most)
    {
        var first = _there.FirstSpan;
        return first.Length > most ? first[..most] : first;
    }

    /// <summary>The next bytes in one piece; they have been waited for.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_there.FirstSpan.Length >= count)
            return _there.FirstSpan[..count];
        var joined = joining.Bytes;
        _there.Slice(0, count).CopyTo(joined);
        return joined.AsSpan(0, count);
    }

    public void Advance(int count)
    {
        _there = _there.Slice(count);
        _left -= count;
    }

    /// <summary>Waits until so many bytes are there, which the message has.</summary>
    public async ValueTask EnsureAsync(int count)
    {
        while (_there.Length < count)
            await ReadMoreAsync();
    }

    /// <summary>Copies the next bytes as they arrive.</summary>
    public async ValueTask CopyToAsync(Memory<byte> target)
    {
        while (!target.IsEmpty)
        {
            if (_there.IsEmpty)
                await ReadMoreAsync();
            var count = (int)Math.Min(_there.Length, target.Length);
            _there.Slice(0, count).CopyTo(target.Span);
            Advance(count);
            target = target[count..];
        }
    }

    /// <summary>Drops the next bytes as they arrive.</summary>
    public async ValueTask SkipAsync(int count)
    {
        while (count > 0)
        {
            if (_there.IsEmpty)
                await ReadMoreAsync();
            var dropped = (int)Math.Min(_there.Length, count);
            Advance(dropped);
            count -= dropped;
        }
    }

    /// <summary>Drops what is left of the message, so that the next one can be read.</summary>
    public ValueTask SkipRestAsync() => SkipAsync(_left);

    /// <summary>Gives back what belongs to others.</summary>
    public void Close()
    {
        if (_reading)
            payload.AdvanceTo(_there.Start);
        _reading = false;
    }

    private async ValueTask ReadMoreAsync()
    {
        if (_reading)
            payload.AdvanceTo(_there.Start, _there.End);
        _reading = false;
        var before = _there.Length;
        var result = await payload.ReadAsync(cancellationToken);
        _reading = true;
        var buffer = result.Buffer;
        _there = buffer.Length > _left ? buffer.Slice(0, _left) : buffer;
        if (_there.Length <= before && (result.IsCompleted || result.IsCanceled))
            throw new ServeException(ServeError.BadRequest, $"The message is cut off: {_left - _there.Length} bytes of it have not come.");
    }
}

/// <summary>Room for a small field, which is made when the first one needs it.</summary>
internal sealed class JoiningRoom
{
    private byte[]? _bytes;

    public byte[] Bytes => _bytes ??= new byte[WireReader.SmallField];
}
