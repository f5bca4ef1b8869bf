using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>The agent's socket: takes the calls of workers and hands each link to the replica that it belongs to.</summary>
internal sealed partial class LinkServer : IAsyncDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<Hello, WorkerLink, Task> _accept;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LinkServer> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

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
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _listener.Listen();
        _loop = ListenAsync();
    }

    public string Path { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                _ = Task.Run(() => RunAsync(new NetworkStream(socket, ownsSocket: true)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (!_stopping.IsCancellationRequested)
                    LogAcceptFailed(exception);
            }
        }
    }

    private async Task RunAsync(NetworkStream stream)
    {
        await using var link = new WorkerLink(stream);
        try
        {
            if (await ReadHelloAsync(stream) is { } hello)
                await _accept(hello, link);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidDataException or System.Text.Json.JsonException)
        {
            LogBadHello(exception.Message);
        }
    }

    private async Task<Hello?> ReadHelloAsync(Stream stream)
    {
        using var timeout = new CancellationTokenSource(HelloTime, _timeProvider);
        return await LinkCodec.ReadAsync<WorkerMessage>(stream, timeout.Token) as Hello;
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The agent's socket could not accept a connection")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "A process on the agent's socket did not say who it is: {Reason}")]
    private partial void LogBadHello(string reason);
}
