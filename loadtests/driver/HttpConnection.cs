using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>One kept-alive HTTP/1.1 connection that makes one request after the other. No more than a load generator needs: small answers, read as a whole.</summary>
internal sealed class HttpConnection(IPEndPoint server) : IDisposable
{
    private const int LargestAnswer = 16 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[1024];
    private byte[]? _large;

    public ValueTask ConnectAsync() => _socket.ConnectAsync(server, CancellationToken.None);

    /// <returns>The status.</returns>
    /// <exception cref="IOException">The connection ended, or the answer is none.</exception>
    public async ValueTask<int> RequestAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            await _socket.SendAsync(request);
            var buffer = _buffer;
            for (var filled = 0; ;)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(filled));
                if (read == 0)
                    throw new IOException("The server closed the connection before its answer was complete.");
                filled += read;
                if (HttpAnswer.TryRead(buffer.AsSpan(0, filled), out var status))
                    return status;
                if (filled == LargestAnswer)
                    throw new IOException("The answer is too large for this client.");
                if (filled == buffer.Length)
                {
                    _large ??= new byte[LargestAnswer];
                    buffer.CopyTo(_large, 0);
                    buffer = _large;
                }
            }
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Dispose() => _socket.Dispose();
}
