using System.IO.Pipelines;

namespace Serve.Wire.Hop;

/// <summary>What comes from the peer.</summary>
internal sealed partial class HopStream
{
    private HopSignal<HopAnswer>? _answer;
    private HopStreamInput? _input;
    private bool _isAccepted;
    private bool _isAnswered;
    private bool _isRefused;
    private bool _toldAccepted;

    /// <summary>Client: why the stream was not taken.</summary>
    public HopRefusal Refusal { get; private set; }

    /// <summary>
    /// The whole body, the inline part included. Reading it gives the peer room for more. A reset of the stream, or the end of the
    /// connection, is a <see cref="HopResetException"/>.
    /// </summary>
    public PipeReader Input
    {
        get
        {
            lock (_lock)
                return OpenInput();
        }
    }

    /// <summary>Client: waits for the first answer; after <see cref="HopAnswer.Accepted"/>, for the head.</summary>
    /// <exception cref="HopResetException">The stream ended before.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the stream goes on.</exception>
    public ValueTask<HopAnswer> WaitAnswerAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (TryReadAnswer(out var answer))
                return ValueTask.FromResult(answer);
            if (IsReset)
                return ValueTask.FromException<HopAnswer>(ResetException());
            return (_answer ??= new HopSignal<HopAnswer>()).WaitAsync(cancellationToken);
        }
    }

    internal void OnOpened(ReadOnlySpan<byte> bytes, int headLength, bool isEnd)
    {
        Store(bytes, headLength);
        IsInlineComplete = isEnd;
        _remoteEnded = isEnd;
    }

    internal void OnAccepted()
    {
        lock (_lock)
            _isAccepted = true;
        SignalAnswer();
    }

    internal void OnRefused(HopRefusal refusal)
    {
        lock (_lock)
        {
            if (_isAnswered || _isAccepted || IsReset)
                return;
            Refusal = refusal;
            _isRefused = _localEnded = _remoteEnded = true;
        }

        _connection.Forget(this);
        SignalAnswer();
        _credit?.Signal();
    }

    internal void OnAnswered(ReadOnlySpan<byte> bytes, int headLength, bool isEnd)
    {
        lock (_lock)
        {
            if (_isDisposed || IsReset)
                return;
            if (_isAnswered)
                throw new HopProtocolException($"a second HEAD on stream {Id}");
            Store(bytes, headLength);
            IsInlineComplete = isEnd;
            _remoteEnded = isEnd;
            _isAnswered = true;
        }

        ForgetIfOver();
        SignalAnswer();
    }

    /// <returns>False where nobody will read it.</returns>
    internal bool OnData(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        HopStreamInput input;
        lock (_lock)
        {
            if (_isDisposed || IsReset)
                return false;
            if (_remoteEnded || (!_isServer && !_isAnswered))
                throw new HopProtocolException($"DATA on stream {Id} {(_remoteEnded ? "after its end" : "before its HEAD")}");
            _remoteEnded = isEnd;
            input = OpenInput();
        }

        var isTaken = input.Append(bytes);
        if (isEnd)
            End(input);
        return isTaken;
    }

    internal void OnTrailers(ReadOnlySpan<byte> bytes)
    {
        HopStreamInput input;
        lock (_lock)
        {
            if (_isDisposed || IsReset)
                return;
            if (_remoteEnded || (!_isServer && !_isAnswered))
                throw new HopProtocolException($"TRAILERS on stream {Id} {(_remoteEnded ? "after its end" : "before its HEAD")}");
            Trailers = bytes.ToArray();
            _remoteEnded = true;
            input = OpenInput();
        }

        End(input);
    }

    private void End(HopStreamInput input)
    {
        ForgetIfOver();
        input.End();
    }

    private HopStreamInput OpenInput()
    {
        if (_input is not null)
            return _input;
        _input = new HopStreamInput(_connection, Id);
        _input.Begin(InlineBody.Span, isComplete: IsInlineComplete);
        if (IsReset && !IsInlineComplete)
            _input.Fail(ResetException());
        return _input;
    }

    private bool TryReadAnswer(out HopAnswer answer)
    {
        answer = _isRefused ? HopAnswer.Refused : _isAnswered ? HopAnswer.Answered : HopAnswer.Accepted;
        if (!HasNews)
            return false;
        _toldAccepted = true;
        return true;
    }

    /// <summary>Whether there is an answer that nobody was told yet.</summary>
    private bool HasNews => _isRefused || _isAnswered || (_isAccepted && !_toldAccepted);

    private void SignalAnswer()
    {
        HopAnswer answer;
        bool isThere;
        lock (_lock)
        {
            if ((!HasNews && !IsReset) || _answer?.TryTake() != true)
                return;
            isThere = TryReadAnswer(out answer);
        }

        if (isThere)
            _answer.SetResult(answer);
        else
            _answer.SetException(ResetException());
    }
}
