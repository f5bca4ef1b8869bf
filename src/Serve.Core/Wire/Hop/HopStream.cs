using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Serve.Wire.Hop;

/// <summary>
/// One request on a connection, seen from either end. The client's end is made by <see cref="HopClient.OpenAsync"/>, the server's is handed to
/// <see cref="IHopHandler.OnOpen"/>. One reader and one writer at a time; <see cref="Reset"/> and disposal at any time. Its states are drawn in <c>src/docs/hop.md</c>.
/// </summary>
internal sealed partial class HopStream : IAsyncDisposable
{
    private readonly HopConnection _connection;
    private readonly bool _isServer;
    private readonly Lock _lock = new();
    private byte[]? _rented;
    private int _headLength;
    private int _inlineLength;
    private bool _remoteEnded;
    private bool _localEnded;
    private bool _isDisposed;
    private HopResetCode _resetCode;
    private bool _isAborted;
    private CancellationTokenSource? _aborted;

    public HopStream(HopConnection connection, HopKind kind, bool isServer, bool localEnded)
    {
        _connection = connection;
        _isServer = isServer;
        _localEnded = localEnded;
        Kind = kind;
    }

    public HopKind Kind { get; }

    public uint Id { get; internal set; }

    /// <summary>The connection that it is a part of. A server may tell the client on it that there is room again.</summary>
    public HopConnection Connection => _connection;

    /// <summary>Server: the request's head. Client: the answer's, once there is one. Valid until the stream is disposed.</summary>
    public ReadOnlyMemory<byte> Head => _rented.AsMemory(0, _headLength);

    /// <summary>What of the body came together with the head. Valid until the stream is disposed.</summary>
    public ReadOnlyMemory<byte> InlineBody => _rented.AsMemory(_headLength, _inlineLength);

    /// <summary>Whether <see cref="InlineBody"/> is the whole body, without trailers.</summary>
    public bool IsInlineComplete { get; private set; }

    /// <summary>What the peer sent after the body; known once <see cref="Input"/> is complete.</summary>
    public ReadOnlyMemory<byte> Trailers { get; private set; }

    /// <summary>Why the peer, or this end, ended the stream before its time; null as long as nobody did.</summary>
    public HopResetCode? ResetCode => IsReset ? _resetCode : null;

    public string? ResetReason { get; private set; }

    private bool IsReset => _resetCode != HopResetCode.None;

    /// <summary>Cancelled when the peer resets the stream or the connection ends.</summary>
    public CancellationToken Aborted
    {
        get
        {
            lock (_lock)
            {
                if (_aborted is null)
                {
                    if (_isAborted)
                        return new CancellationToken(canceled: true);
                    _aborted = new CancellationTokenSource();
                }

                return _aborted.Token;
            }
        }
    }

    /// <summary>Server: says that the stream has its slot, so that the rest of its body may come. An answer's head says so, too.</summary>
    public void Accept()
    {
        Span<byte> load = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(load, _connection.Load);
        _connection.Send(this, HopFrameType.Accept, HopFrameFlags.None, load);
    }

    /// <summary>Server: does not take the stream. Nothing must have been done for it.</summary>
    public void Refuse(HopRefusal reason)
    {
        Span<byte> payload = stackalloc byte[5];
        BinaryPrimitives.WriteInt32LittleEndian(payload, _connection.Load);
        payload[4] = (byte)reason;
        lock (_lock)
        {
            _localEnded = _remoteEnded = true;
            _isDisposed = true;
        }

        _connection.Send(this, HopFrameType.Refuse, HopFrameFlags.End, payload);
        _connection.Forget(this);
        Free();
    }

    /// <summary>Ends the stream for both ends, unless it is over already.</summary>
    /// <param name="code">Why.</param>
    /// <param name="reason">In words, for the other end's log.</param>
    public void Reset(HopResetCode code, string? reason = null)
    {
        lock (_lock)
        {
            if (IsReset || (_localEnded && _remoteEnded))
                return;
        }

        SendReset(code, reason);
        OnReset(code, reason);
    }

    /// <summary>Ends what is not over yet, and gives the memory back.</summary>
    public ValueTask DisposeAsync()
    {
        bool isUnfinished;
        lock (_lock)
        {
            if (_isDisposed)
                return ValueTask.CompletedTask;
            _isDisposed = true;
            isUnfinished = !IsReset && !(_localEnded && _remoteEnded);
        }

        if (isUnfinished)
        {
            SendReset(HopResetCode.Cancelled, reason: null);
            OnReset(HopResetCode.Cancelled, reason: null);
        }

        _connection.Forget(this);
        _input?.Abandon();
        Free();
        return ValueTask.CompletedTask;
    }

    /// <summary>The peer's reset, the connection's end, or this end's own.</summary>
    internal void OnReset(HopResetCode code, string? reason)
    {
        CancellationTokenSource? aborted;
        lock (_lock)
        {
            if (IsReset)
                return;
            // A client that has the whole answer has lost nothing: only what it still sends is not wanted any more.
            _isAborted = _isServer || !_remoteEnded;
            _resetCode = code;
            ResetReason = reason;
            _localEnded = true;
            _remoteEnded = true;
            aborted = _isAborted ? _aborted : null;
        }

        _connection.Forget(this);
        _input?.Fail(new HopResetException(code, reason));
        SignalAnswer();
        _credit?.Signal();
        // Elsewhere: what users hang on the token must not hold the connection up.
        if (aborted is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), aborted, preferLocal: false);
    }

    internal HopResetException ResetException() => new(_resetCode, ResetReason);

    private void SendReset(HopResetCode code, string? reason)
    {
        var text = Encoding.UTF8.GetBytes(reason is { Length: > HopLimits.MaxReason / 4 } ? reason[..(HopLimits.MaxReason / 4)] : reason ?? "");
        _connection.Send(this, HopFrameType.Reset, HopFrameFlags.End, [(byte)code], text);
    }

    private void Store(ReadOnlySpan<byte> bytes, int headLength)
    {
        _rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_rented);
        _headLength = headLength;
        _inlineLength = bytes.Length - headLength;
    }

    private void Free()
    {
        byte[]? rented;
        lock (_lock)
        {
            rented = _rented;
            _rented = null;
            _headLength = _inlineLength = 0;
        }

        if (rented is { Length: > 0 })
            ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The stream leaves the connection when nothing more can come or go.</summary>
    private void ForgetIfOver()
    {
        if (_localEnded && _remoteEnded)
            _connection.Forget(this);
    }
}
