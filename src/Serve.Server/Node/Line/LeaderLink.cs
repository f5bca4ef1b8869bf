using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Server.Node.Load;
using Serve.Wire.Control;

namespace Serve.Server.Node.Line;

/// <summary>A node's line to a leader in another process: tells it all that it has and then what is new, and passes its questions on to replicas. Without one it calls until it is there.</summary>
internal sealed partial class LeaderLink : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    private readonly Func<string> _findSocket;
    private readonly NodeHello _hello;
    private readonly NodeLoad _load;
    private readonly Func<ReplicaId, string, CancellationToken, Task<string?>> _askReplicaAsync;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LeaderLink> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    /// <param name="findSocket">Finds the leader's socket as it is now; throws an <see cref="IOException"/> where there is none.</param>
    /// <param name="hello">Who is calling.</param>
    /// <param name="load">What there is to tell.</param>
    /// <param name="askReplicaAsync">Asks the program of one of the node's replicas; answers null where the replica is not there.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public LeaderLink(
        Func<string> findSocket, NodeHello hello, NodeLoad load, Func<ReplicaId, string, CancellationToken, Task<string?>> askReplicaAsync, TimeProvider timeProvider, ILogger<LeaderLink> logger)
    {
        _findSocket = findSocket;
        _hello = hello;
        _load = load;
        _askReplicaAsync = askReplicaAsync;
        _timeProvider = timeProvider;
        _logger = logger;
        _loop = Task.Run(() => RunAsync(_stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var retry = FirstRetry;
        while (!stopping.IsCancellationRequested)
        {
            if (await TryConnectAsync(stopping) is { } stream)
            {
                retry = FirstRetry;
                await TalkAsync(stream, stopping);
                if (!stopping.IsCancellationRequested)
                    LogLost();
            }

            await Task.Delay(retry, _timeProvider, stopping);
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
        }
    }

    private async Task<NetworkStream?> TryConnectAsync(CancellationToken stopping)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_findSocket()), stopping);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Reports and questions go on side by side, until one of them finds the connection gone.</summary>
    private async Task TalkAsync(NetworkStream stream, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var outbox = new Outbox(stream);
        outbox.Send<NodeMessage>(_hello);
        var telling = TellAsync(outbox, end.Token);
        var answering = AnswerAsync(stream, outbox, end.Token);
        await Task.WhenAny(telling, answering);
        await end.CancelAsync();
        await Task.WhenAll(telling, answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>No faster than the leader takes it: what is new meanwhile comes with the next report.</summary>
    private async Task TellAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var report in _load.FollowAsync(cancellationToken))
                await outbox.SendAsync<NodeMessage>(new NodeTold(report), cancellationToken);
        }
        catch (Exception exception) when (exception is ChannelClosedException or OperationCanceledException)
        {
        }
    }

    private async Task AnswerAsync(NetworkStream stream, Outbox outbox, CancellationToken cancellationToken)
    {
        try
        {
            while (await LinkCodec.ReadAsync<LeaderMessage>(stream, cancellationToken) is { } message)
            {
                if (message is AskReplica question)
                    _ = AskAsync(question, outbox, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidDataException or System.Text.Json.JsonException)
        {
            // Whatever it is, calling again is the answer to it.
        }
    }

    private async Task AskAsync(AskReplica question, Outbox outbox, CancellationToken cancellationToken)
    {
        try
        {
            outbox.Send<NodeMessage>(new ReplicaAnswered(question.Id, await _askReplicaAsync(question.Replica, question.Text, cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            // The line is gone, and who asked with it.
        }
    }

    [LoggerMessage(EventId = 5301, Level = LogLevel.Warning, Message = "The leader can't be reached; the node goes on, and tells it its load when it is there again")]
    private partial void LogLost();
}
