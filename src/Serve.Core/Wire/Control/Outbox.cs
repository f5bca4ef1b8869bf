using System.Threading.Channels;

namespace Serve.Wire.Control;

/// <summary>Sends messages over a stream, one after the other, for whoever must not wait. A peer that takes none up any more loses its connection.</summary>
internal sealed class Outbox : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(256) { SingleReader = true });
    private readonly Task _writer;

    public Outbox(Stream stream)
    {
        _stream = stream;
        _writer = WriteAsync();
    }

    /// <returns>Whether the connection is still there.</returns>
    public bool Send<T>(T message)
    {
        if (_messages.Writer.TryWrite(LinkCodec.Encode(message)))
            return true;
        _stream.Close();
        return false;
    }

    /// <summary>Sends a message and waits for room if need be.</summary>
    /// <exception cref="ChannelClosedException">The connection is gone.</exception>
    public ValueTask SendAsync<T>(T message, CancellationToken cancellationToken) => _messages.Writer.WriteAsync(LinkCodec.Encode(message), cancellationToken);

    /// <summary>Nothing more is taken.</summary>
    public void Close() => _messages.Writer.TryComplete();

    public async ValueTask DisposeAsync()
    {
        Close();
        await _stream.DisposeAsync();
        await _writer;
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync())
                await _stream.WriteAsync(message);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Close();
        }
    }
}
