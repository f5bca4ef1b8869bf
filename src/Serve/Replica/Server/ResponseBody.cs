using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>
/// The body of an answer. What is written gathers here until it is flushed; the first flush takes the head along, so that an answer which is
/// never flushed, or whose length is known, leaves as one frame.
/// </summary>
internal sealed class ResponseBody(HopRequest request) : PipeWriter
{
    private const int FirstSize = 4096;

    /// <summary>A larger piece is sent from where it lies.</summary>
    private const int MaxCopied = 16 * 1024;

    private HopStream? _stream;
    private byte[] _buffer = [];
    private int _length;
    private long _written;
    private bool _isHeadSent;
    private bool _isEndSent;

    /// <summary>Whether nothing more can be written.</summary>
    public bool IsEnded { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    public void Begin(HopStream stream) => _stream = stream;

    /// <summary>After this, whoever still writes has used the request after its end.</summary>
    public void Close()
    {
        _stream = null;
        Discard();
        _written = 0;
        _isHeadSent = _isEndSent = IsEnded = false;
    }

    /// <summary>Drops what was written and not sent.</summary>
    public void Discard()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _written -= _length;
        _length = 0;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_length);
    }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _length);
        _length += bytes;
        _written += bytes;
    }

    /// <summary>Sends what was written. Where the client has gone nothing is sent, and that is no error: the request's token says so.</summary>
    /// <exception cref="InvalidOperationException">The answer must not have these bytes.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => WriteAsync(default, cancellationToken);

    /// <inheritdoc cref="FlushAsync"/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (!source.IsEmpty && source.Length <= MaxCopied)
        {
            source.Span.CopyTo(GetSpan(source.Length));
            Advance(source.Length);
            source = default;
        }

        var sending = SendAsync(source, isLast: false, cancellationToken);
        return sending.IsCompletedSuccessfully ? ValueTask.FromResult(Result) : AwaitAsync(sending);
    }

    public override void CancelPendingFlush()
    {
        // A flush waits for the client only, and its token ends that.
    }

    /// <summary>The end comes with the end of the request.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
            request.Fail(exception);
        IsEnded = true;
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null)
            return EndAsync();
        Complete(exception);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends what is left, the trailers and the end.</summary>
    /// <exception cref="InvalidOperationException">The answer must not have these bytes, or lacks some.</exception>
    public async ValueTask EndAsync()
    {
        IsEnded = true;
        if (_isEndSent)
            return;
        await request.FireStartingAsync();
        if (request.IsBodyAllowed && _written < request.DeclaredLength)
            throw new InvalidOperationException($"The response has {_written} bytes, but its Content-Length says {request.DeclaredLength}.");
        var hasTrailers = request.HasTrailers;
        await SendAsync(default, isLast: !hasTrailers, CancellationToken.None);
        if (hasTrailers)
            request.SendTrailers(_stream!);
        _isEndSent = true;
    }

    private FlushResult Result => new(isCanceled: false, isCompleted: _stream?.ResetCode is not null);

    private async ValueTask SendAsync(ReadOnlyMemory<byte> more, bool isLast, CancellationToken cancellationToken)
    {
        await request.FireStartingAsync();
        if (!MayWrite(_written + more.Length))
            more = default;
        _written += more.Length;
        request.Start();
        var isComplete = isLast || (request.IsBodyAllowed && _written == request.DeclaredLength && !request.MayHaveTrailers);
        // What is written while this waits for the client must not get into the bytes that it sends.
        var buffer = _buffer;
        ReadOnlyMemory<byte> gathered = buffer.AsMemory(0, _length);
        _buffer = [];
        _length = 0;
        try
        {
            if (!_isHeadSent)
                SendHead(ref gathered, ref more, isComplete);
            if (!gathered.IsEmpty)
                await _stream!.WriteAsync(gathered, isComplete && more.IsEmpty, cancellationToken);
            if (!more.IsEmpty)
                await _stream!.WriteAsync(more, isComplete, cancellationToken);
            if (isComplete && !_isEndSent)
                await _stream!.CompleteAsync();
            _isEndSent |= isComplete;
        }
        catch (HopResetException)
        {
            // The client has gone.
        }
        catch (OperationCanceledException)
        {
            // A part was sent, perhaps, and the rest never will be.
            request.Abort();
            throw;
        }
        finally
        {
            if (buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void SendHead(ref ReadOnlyMemory<byte> gathered, ref ReadOnlyMemory<byte> more, bool isComplete)
    {
        ref var first = ref gathered.IsEmpty ? ref more : ref gathered;
        var inline = first[..Math.Min(first.Length, HopLimits.MaxInline)];
        var isAll = inline.Length == gathered.Length + more.Length;
        request.SendHead(_stream!, inline.Span, isComplete && isAll);
        _isHeadSent = true;
        _isEndSent = isComplete && isAll;
        first = first[inline.Length..];
    }

    /// <returns>False where what was written goes nowhere: it answers HEAD.</returns>
    private bool MayWrite(long written)
    {
        if (written == 0)
            return true;
        if (request.IsHead)
        {
            _length = 0;
            return false;
        }

        if (!request.IsBodyAllowed)
            throw new InvalidOperationException($"A response with status {request.StatusCode} has no body.");
        if (written > request.DeclaredLength)
            throw new InvalidOperationException($"The response has {written} bytes or more, but its Content-Length says {request.DeclaredLength}.");
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> AwaitAsync(ValueTask sending)
    {
        await sending;
        return Result;
    }

    private void CheckOpen()
    {
        if (_stream is null)
            throw new ObjectDisposedException(nameof(HopRequest), "The request is over; nothing can be written to its response any more.");
        if (IsEnded)
            throw new InvalidOperationException("The response was completed; nothing can be written to it any more.");
    }

    private void Reserve(int sizeHint)
    {
        CheckOpen();
        if (_buffer.Length - _length >= Math.Max(sizeHint, 1))
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(2 * _buffer.Length, _length + sizeHint)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
