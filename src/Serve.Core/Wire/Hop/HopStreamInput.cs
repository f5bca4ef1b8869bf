using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;

namespace Serve.Wire.Hop;

/// <summary>The body that comes in on a stream: a pipe whose reader gives the peer new room for what was read.</summary>
internal sealed class HopStreamInput(HopConnection connection, uint stream) : PipeReader
{
    private static readonly PipeOptions Options = new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe _pipe = new(Options);
    private readonly HopReceiveWindow _window = new(connection, stream, HopLimits.StreamWindow);
    private readonly Lock _lock = new();
    private ReadOnlySequence<byte> _buffer;
    private long _inlineLeft;
    private long _unread;
    private bool _isEnded;
    private bool _isAbandoned;

    /// <summary>The part that came with the head and does not count.</summary>
    public void Begin(ReadOnlySpan<byte> inline, bool isComplete)
    {
        _inlineLeft = inline.Length;
        if (!inline.IsEmpty)
            Write(inline);
        if (isComplete)
            End();
    }

    /// <returns>False where nobody will read it.</returns>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        _window.Take(bytes.Length);
        lock (_lock)
        {
            if (_isEnded || _isAbandoned)
                return false;
            _unread += bytes.Length;
            if (!bytes.IsEmpty)
                Write(bytes);
            return true;
        }
    }

    public void End() => Finish(exception: null);

    public void Fail(Exception exception) => Finish(exception);

    /// <summary>Nobody reads on: the connection gets back what lies here.</summary>
    public void Abandon()
    {
        long left;
        lock (_lock)
        {
            if (_isAbandoned)
                return;
            _isAbandoned = true;
            left = _unread;
            _unread = 0;
            if (!_isEnded)
                _pipe.Writer.Complete();
            _isEnded = true;
        }

        connection.Received.GiveBack((int)left);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await _pipe.Reader.ReadAsync(cancellationToken);
        _buffer = result.Buffer;
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!_pipe.Reader.TryRead(out result))
            return false;
        _buffer = result.Buffer;
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var count = _buffer.Slice(0, consumed).Length;
        _buffer = default;
        _pipe.Reader.AdvanceTo(consumed, examined);
        GiveBack(count);
    }

    public override void CancelPendingRead() => _pipe.Reader.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        _pipe.Reader.Complete(exception);
        Abandon();
    }

    private void GiveBack(long count)
    {
        var inline = Math.Min(count, _inlineLeft);
        _inlineLeft -= inline;
        count -= inline;
        bool isEnded;
        lock (_lock)
        {
            if (_isAbandoned)
                return;
            _unread -= count;
            isEnded = _isEnded;
        }

        connection.Received.GiveBack((int)count);
        if (!isEnded)
            _window.GiveBack((int)count);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _pipe.Writer.Write(bytes);
        // Completes at once: the windows bound what lies here, not the pipe.
        var flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompletedSuccessfully, "A pipe without a threshold never makes its writer wait.");
    }

    private void Finish(Exception? exception)
    {
        lock (_lock)
        {
            if (_isEnded)
                return;
            _isEnded = true;
            _pipe.Writer.Complete(exception);
        }
    }
}
