using System.Net;
using System.Net.Sockets;
using Serve.Routing;
using Serve.Wire.Hop;

namespace Serve.Wire;

/// <summary>A replica in another process, reached over its unix socket.</summary>
internal sealed class RemoteReplica : ReplicaEntry, IHopClientEvents
{
    /// <summary>What follows the path of the hop's socket in that of HTTP/2, as long as both are spoken.</summary>
    public const string Http2Suffix = ".h2";

    private const int StreamWindow = 1024 * 1024;

    public RemoteReplica(ReplicaRoute route)
        : base(route.Id)
    {
        Hop = new HopClient(route.Address, this);
        Client = new HttpMessageInvoker(CreateHandler(route.Address + Http2Suffix), disposeHandler: true);
    }

    /// <summary>Opens streams to the replica.</summary>
    public HopClient Hop { get; }

    /// <summary>Sends requests to the replica. Their URI's host does not matter.</summary>
    public HttpMessageInvoker Client { get; }

    /// <summary>Whether a request failed before any of it was sent, so that another replica can take it.</summary>
    public static bool WasNotSent(Exception? exception) => exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };

    // What the replica had noted of the connection, the wish to hear of free slots above all, is gone with it.
    void IHopClientEvents.OnLost() => OnFree();

    protected override void Close()
    {
        Client.Dispose();
        _ = Hop.DisposeAsync().AsTask();
    }

    private static SocketsHttpHandler CreateHandler(string socketPath)
    {
        var endPoint = new UnixDomainSocketEndPoint(socketPath);
        return new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindow,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(endPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
    }
}
