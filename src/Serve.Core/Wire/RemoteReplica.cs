using System.Net;
using System.Net.Sockets;
using Serve.Routing;

namespace Serve.Wire;

/// <summary>A replica in another process, reached by HTTP/2 over its unix socket.</summary>
internal sealed class RemoteReplica : ReplicaEntry
{
    private const int StreamWindow = 1024 * 1024;

    public RemoteReplica(ReplicaRoute route)
        : base(route.Id)
    {
        Client = new HttpMessageInvoker(CreateHandler(route.Address), disposeHandler: true);
    }

    /// <summary>Sends requests to the replica. Their URI's host does not matter.</summary>
    public HttpMessageInvoker Client { get; }

    /// <summary>Whether a request failed before any of it was sent, so that another replica can take it.</summary>
    public static bool WasNotSent(Exception? exception) => exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };

    protected override void Close() => Client.Dispose();

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
