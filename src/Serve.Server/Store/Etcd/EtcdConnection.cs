using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Serve.Server.Store.Etcd;

/// <summary>Sends requests to an etcd, or to a store that speaks like one, and says once when it is lost and once when it is back.</summary>
internal sealed partial class EtcdConnection : IDisposable
{
    /// <summary>How long an answer may take. A watch has no end of its own.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    /// <summary>The longest answer that is read: everything that a store may hold.</summary>
    private const long MaxAnswer = 256 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<EtcdStore> _logger;
    private int _isLost;

    private EtcdConnection(HttpMessageHandler handler, Uri address, TimeProvider timeProvider, ILogger<EtcdStore> logger)
    {
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
        // Without it a watch on a member that has lost its cluster stays open and silent.
        _http.DefaultRequestHeaders.Add("Grpc-Metadata-hasleader", "true");
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>A store on this machine.</summary>
    /// <param name="findSocket">Finds its socket, anew for each connection: a store that is started again has another. What it throws is the reason why there is none.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public static EtcdConnection ToSocket(Func<string> findSocket, TimeProvider timeProvider, ILogger<EtcdStore> logger)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancellationToken) => ConnectAsync(findSocket(), cancellationToken) };
        return new EtcdConnection(handler, new Uri("http://store/"), timeProvider, logger);
    }

    /// <summary>A server of etcd.</summary>
    public static EtcdConnection ToServer(Uri address, TimeProvider timeProvider, ILogger<EtcdStore> logger) =>
        new(new SocketsHttpHandler { UseProxy = false }, address, timeProvider, logger);

    /// <summary>Asks and waits for the whole answer.</summary>
    /// <exception cref="EtcdException">The store refuses.</exception>
    /// <exception cref="StoreUnavailableException">There is no answer.</exception>
    public async Task<TReply> AskAsync<TRequest, TReply>(string path, TRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswerTime, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await SendAsync(path, request, HttpCompletionOption.ResponseContentRead, both.Token);
            return await ReadAsync<TReply>(response, both.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Lost(new StoreUnavailableException($"The store did not answer within {AnswerTime.TotalSeconds:0} s.", mayHaveHappened: true, exception));
        }
    }

    /// <summary>Asks for a stream of answers.</summary>
    /// <exception cref="EtcdException">The store refuses.</exception>
    /// <exception cref="StoreUnavailableException">There is no answer.</exception>
    public Task<HttpResponseMessage> OpenStreamAsync<TRequest>(string path, TRequest request, CancellationToken cancellationToken) =>
        SendAsync(path, request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync<TRequest>(string path, TRequest request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path);
        message.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, typeof(TRequest), EtcdJson.Default));
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(message, completion, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            var wasSent = exception.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
            throw Lost(new StoreUnavailableException(
                wasSent ? $"The store was lost before it answered: {exception.Message}" : $"The store can't be reached: {exception.Message}", wasSent, exception));
        }

        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            response.Dispose();
            throw Lost(new StoreUnavailableException("The store says that it is not available.", mayHaveHappened: true));
        }

        if (Interlocked.Exchange(ref _isLost, 0) == 1)
            LogBack();
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ReadErrorAsync(response, cancellationToken);
    }

    private StoreUnavailableException Lost(StoreUnavailableException exception)
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 0)
            LogLost(exception.Message);
        return exception;
    }

    private static async Task<TReply> ReadAsync<TReply>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return (TReply?)JsonSerializer.Deserialize(bytes, typeof(TReply), EtcdJson.Default) ?? throw new InvalidDataException("The store answered with null.");
    }

    private static async Task<EtcdException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            if (JsonSerializer.Deserialize(text, EtcdJson.Default.EtcdError) is { } error)
                return new EtcdException(error.Code, error.Message ?? error.Error ?? text);
        }
        catch (JsonException)
        {
            // Something else than a store has answered.
        }

        return new EtcdException(code: 2, $"The store answered with status {(int)response.StatusCode}: {text}");
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "{Reason} Trying again until it answers.")]
    private partial void LogLost(string reason);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Information, Message = "The store answers again")]
    private partial void LogBack();
}

/// <summary>The store understood and refused.</summary>
/// <param name="code">A gRPC status.</param>
/// <param name="message">Why.</param>
internal sealed class EtcdException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
