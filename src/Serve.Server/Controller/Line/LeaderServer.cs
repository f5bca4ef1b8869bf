using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serve.Server.Controller.Autoscaling;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Line;

/// <summary>The leader's socket, for nodes in other processes of this machine's user.</summary>
internal sealed partial class LeaderServer : IAsyncDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(10);

    /// <summary>Where the process has no file descriptors left, the next attempt would fail at once.</summary>
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly LoadBook _book;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LeaderServer> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    /// <param name="path">The socket's path, in a folder that others can't enter.</param>
    /// <param name="book">Takes down what the nodes tell.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public LeaderServer(string path, LoadBook book, TimeProvider timeProvider, ILogger<LeaderServer> logger)
    {
        _book = book;
        _timeProvider = timeProvider;
        _logger = logger;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _listener.Listen();
        _loop = ListenAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(stopping);
                _ = Task.Run(() => RunAsync(new NetworkStream(socket, ownsSocket: true), stopping), CancellationToken.None);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (stopping.IsCancellationRequested)
                    return;
                LogAcceptFailed(exception);
                await Task.Delay(AcceptRetry, _timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunAsync(NetworkStream stream, CancellationToken stopping)
    {
        await using var node = new RemoteNode(stream);
        await using var end = stopping.UnsafeRegister(static state => ((NetworkStream)state!).Close(), stream);
        try
        {
            using var timeout = new CancellationTokenSource(HelloTime, _timeProvider);
            if (await LinkCodec.ReadAsync<NodeMessage>(stream, timeout.Token) is not NodeHello hello)
                return;
            using var line = _book.Open(hello.Node, hello.Incarnation, node.AskAsync);
            LogCame(hello.Node);
            await node.RunAsync(line);
            if (!stopping.IsCancellationRequested)
                LogGone(hello.Node);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidDataException or System.Text.Json.JsonException)
        {
            if (!stopping.IsCancellationRequested)
                LogBadHello(exception.Message);
        }
    }

    [LoggerMessage(EventId = 4301, Level = LogLevel.Warning, Message = "The leader's socket could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 4302, Level = LogLevel.Warning, Message = "A process on the leader's socket did not say who it is: {Reason}")]
    private partial void LogBadHello(string reason);

    [LoggerMessage(EventId = 4303, Level = LogLevel.Information, Message = "Node {Node} tells its load")]
    private partial void LogCame(string node);

    [LoggerMessage(EventId = 4304, Level = LogLevel.Warning, Message = "Node {Node} can't be heard any more; its load counts no more until it calls again")]
    private partial void LogGone(string node);
}
