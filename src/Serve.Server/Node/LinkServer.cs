using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>The agent's socket: takes the calls of workers and hands each link to the replica that it belongs to.</summary>
internal sealed partial class LinkServer : IAsyncDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(10);

    private readonly LinkListener _listener;
    private readonly Func<Hello, WorkerLink, Task> _accept;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LinkServer> _logger;

    /// <param name="path">The path of the socket.</param>
    /// <param name="accept">Runs a link until it ends; completes at once where no replica expects it.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public LinkServer(string path, Func<Hello, WorkerLink, Task> accept, TimeProvider timeProvider, ILogger<LinkServer> logger)
    {
        Path = path;
        _accept = accept;
        _timeProvider = timeProvider;
        _logger = logger;
        _listener = new LinkListener(path, RunAsync, LogAcceptFailed, timeProvider);
    }

    public string Path { get; }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task RunAsync(NetworkStream stream, CancellationToken stopping)
    {
        await using var link = new WorkerLink(stream);
        try
        {
            if (await ReadHelloAsync(stream, stopping) is { } hello)
                await _accept(hello, link);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidDataException or System.Text.Json.JsonException)
        {
            if (!stopping.IsCancellationRequested)
                LogBadHello(exception.Message);
        }
    }

    private async Task<Hello?> ReadHelloAsync(Stream stream, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(HelloTime, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        return await LinkCodec.ReadAsync<WorkerMessage>(stream, both.Token) as Hello;
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The agent's socket could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "A process on the agent's socket did not say who it is: {Reason}")]
    private partial void LogBadHello(string reason);
}
