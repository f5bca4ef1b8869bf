using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serve.Server.Controller.Autoscaling;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Line;

/// <summary>The leader's socket, for nodes in other processes of this machine's user.</summary>
internal sealed partial class LeaderServer : IAsyncDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(10);

    private readonly LinkListener _listener;
    private readonly LoadBook _book;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LeaderServer> _logger;

    /// <param name="path">The socket's path, in a folder that others can't enter.</param>
    /// <param name="book">Takes down what the nodes tell.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public LeaderServer(string path, LoadBook book, TimeProvider timeProvider, ILogger<LeaderServer> logger)
    {
        _book = book;
        _timeProvider = timeProvider;
        _logger = logger;
        _listener = new LinkListener(path, RunAsync, LogAcceptFailed, timeProvider);
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

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
