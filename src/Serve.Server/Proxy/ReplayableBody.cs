using Microsoft.AspNetCore.Http;

namespace Serve.Server.Proxy;

/// <summary>
/// A request's body that can be sent again from its start as long as little of it was read: replicas refuse before they read, so that
/// an attempt which was refused costs at most this much memory.
/// </summary>
internal sealed class ReplayableBody : Stream
{
    /// <summary>Bodies that are longer are announced with <c>Expect: 100-continue</c>, so that a refusal comes before they are sent.</summary>
    public const int MaxLength = 64 * 1024;

    private readonly Stream _body;
    private MemoryStream? _recorded = new();
    private int _position;

    private ReplayableBody(Stream body)
    {
        _body = body;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Puts a replayable body in the place of the request's own.</summary>
    public static ReplayableBody Install(HttpRequest request)
    {
        var body = new ReplayableBody(request.Body);
        request.Body = body;
        return body;
    }

    /// <summary>Goes back to the start.</summary>
    /// <returns>False where too much was read.</returns>
    public bool TryRewind()
    {
        _position = 0;
        return _recorded is not null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_recorded is { } recorded && _position < recorded.Length)
        {
            recorded.Position = _position;
            var replayed = recorded.Read(buffer.Span);
            _position += replayed;
            return replayed;
        }

        var read = await _body.ReadAsync(buffer, cancellationToken);
        Record(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The body is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Record(ReadOnlySpan<byte> bytes)
    {
        if (_recorded is null)
            return;
        if (_recorded.Length + bytes.Length > MaxLength)
        {
            _recorded = null;
            return;
        }

        _recorded.Position = _recorded.Length;
        _recorded.Write(bytes);
        _position += bytes.Length;
    }
}
