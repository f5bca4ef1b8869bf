using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>
/// The body of a request: what came with its head without a copy, or the stream's input. Counts, so that a body over the bound is found out
/// before more of it is read.
/// </summary>
internal sealed class RequestBody : PipeReader
{
    private HopStream? _stream;
    private PipeReader? _input;
    private ReadOnlySequence<byte> _inline;
    private ReadOnlySequence<byte> _last;
    private long? _contentLength;
    private long _consumed;
    private bool _isCancelled;
    private bool _isCompleted;

    /// <summary>Whether somebody has begun to read.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether all of it has been seen.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The most bytes that it may have, or null for any number.</summary>
    public long? MaxSize { get; set; }

    public void Begin(HopStream stream, long? contentLength, long? maxSize)
    {
        _stream = stream;
        _contentLength = contentLength;
        MaxSize = maxSize;
        IsAtEnd = stream.IsInlineComplete && stream.InlineBody.IsEmpty;
    }

    /// <summary>After this, whoever still reads has used the request after its end.</summary>
    public void Close()
    {
        _stream = null;
        _input = null;
        _inline = _last = default;
        _consumed = 0;
        _isCancelled = _isCompleted = HasBegun = IsAtEnd = false;
    }

    /// <exception cref="BadHttpRequestException">The body is too large.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Open();
        if (_input is null)
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<ReadResult>(cancellationToken) : ValueTask.FromResult(ReadInline());
        var read = _input.ReadAsync(cancellationToken);
#pragma warning disable VSTHRD103 // It is complete.
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(Take(read.Result)) : AwaitAsync(read);
#pragma warning restore VSTHRD103
    }

    public override bool TryRead(out ReadResult result)
    {
        Open();
        if (_input is null)
        {
            result = ReadInline();
            return true;
        }

        if (!_input.TryRead(out result))
            return false;
        result = Take(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _consumed += _last.Slice(0, consumed).Length;
        if (_input is null)
            _inline = _inline.Slice(consumed);
        else
            _input.AdvanceTo(consumed, examined);
        _last = default;
    }

    public override void CancelPendingRead()
    {
        if (_input is null)
            _isCancelled = true;
        else
            _input.CancelPendingRead();
    }

    public override void Complete(Exception? exception = null) => _isCompleted = true;

    private void Open()
    {
        if (_stream is null)
            throw new ObjectDisposedException(nameof(HttpRequest), "The request is over; its body can't be read any more.");
        if (_isCompleted)
            throw new InvalidOperationException("The reader of the request's body was completed; it can't be read any more.");
        if (HasBegun)
            return;
        HasBegun = true;
        if (_contentLength > MaxSize)
            throw TooLarge();
        if (_stream.IsInlineComplete)
            _inline = new ReadOnlySequence<byte>(_stream.InlineBody);
        else
            _input = _stream.Input;
    }

    private ReadResult ReadInline()
    {
        var isCancelled = _isCancelled;
        _isCancelled = false;
        return Take(new ReadResult(_inline, isCancelled, isCompleted: true));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read) => Take(await read);

    private ReadResult Take(ReadResult result)
    {
        if (_consumed + result.Buffer.Length > MaxSize)
        {
            _input?.AdvanceTo(result.Buffer.Start);
            throw TooLarge();
        }

        _last = result.Buffer;
        IsAtEnd = result.IsCompleted;
        return result;
    }

    private BadHttpRequestException TooLarge() =>
        new($"The request's body is larger than the {MaxSize} bytes that http_options.max_request_body_bytes, or the endpoint, allows.", StatusCodes.Status413PayloadTooLarge);
}
