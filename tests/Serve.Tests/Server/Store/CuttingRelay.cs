using System.Net.Sockets;

namespace Serve.Tests.Server.Store;

/// <summary>Stands between a client and a server and cuts each connection after some lines of the answer's body: each time a few more.</summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _upstream;
    private readonly int _linesMore;
    private readonly Task _loop;

    public CuttingRelay(string path, string upstream, int linesMore)
    {
        _upstream = upstream;
        _linesMore = linesMore;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _loop = AcceptAsync();
    }

    public int Cuts { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                await RelayAsync(await _listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
        }
    }

    private async Task RelayAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_upstream));
        await using var server = new NetworkStream(socket, ownsSocket: true);
        _ = client.CopyToAsync(server);
        var block = new byte[1];
        var last = 0;
        var lines = 0;
        while (lines < (Cuts + 1) * _linesMore && await server.ReadAsync(block) > 0)
        {
            await client.WriteAsync(block);
            // A line of JSON ends behind its last brace; the lines of HTTP around it end otherwise.
            if (block[0] == '\n' && last == '}')
                lines++;
            last = block[0];
        }

        Cuts++;
    }
}
