using System.Net;
using System.Net.Http.Headers;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>A gRPC client by hand: HTTP/2 without TLS, messages in frames, the status in trailers.</summary>
internal sealed class GrpcClient(Uri address, string? application) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
    {
        BaseAddress = address,
        Timeout = Eventually.Patience,
    };

    /// <summary>Sends one message and reads the answer to its end.</summary>
    public async Task<GrpcReply> CallAsync(string method, string message, params (string Name, string Value)[] metadata)
    {
        await using var call = await StartAsync(method, CancellationToken.None, metadata);
        try
        {
            await call.WriteAsync(message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or IOException)
        {
            // It is answered already.
        }

        call.Complete();
        return await call.FinishAsync();
    }

    /// <summary>Starts a call whose messages the test writes and reads one by one.</summary>
    public async Task<GrpcCallStream> StartAsync(string method, CancellationToken cancellationToken, params (string Name, string Value)[] metadata)
    {
        var content = new MessageContent { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
        var request = new HttpRequestMessage(HttpMethod.Post, $"/{method}") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.ParseAdd("trailers");
        if (application is not null)
            request.Headers.Add("application", application);
        foreach (var (name, value) in metadata)
            request.Headers.Add(name, value);
        var response = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        // A call that is refused at once ends without its content ever being asked for.
        if (await Task.WhenAny(content.Opened, response) == response)
            await response;
        return new GrpcCallStream(request, content, response, cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}

/// <param name="Messages">What came.</param>
/// <param name="Status">The status; null where the call was cut off without one.</param>
/// <param name="Detail">The words with the status.</param>
/// <param name="Metadata">Headers and trailers together.</param>
internal sealed record GrpcReply(IReadOnlyList<string> Messages, int? Status, string Detail, IReadOnlyDictionary<string, string> Metadata);
