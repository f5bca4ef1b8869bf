using System.Globalization;
using System.Net;
using Serve.TestProgram.Behaviour;

namespace Serve.ClusterTests.Behaviour;

/// <summary>A gRPC call that is open: messages go out and come in one by one.</summary>
internal sealed class GrpcCallStream(HttpRequestMessage request, MessageContent content, Task<HttpResponseMessage> response, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly List<string> _messages = [];
    private IAsyncEnumerator<string>? _reader;

    public Task WriteAsync(string message) => content.WriteAsync(GrpcFrames.Frame(message), cancellationToken);

    /// <summary>The client has nothing more to say.</summary>
    public void Complete() => content.Complete();

    /// <summary>The next message, or null at the end.</summary>
    public async Task<string?> ReadAsync()
    {
        _reader ??= GrpcFrames.ReadAsync(await (await response).Content.ReadAsStreamAsync(cancellationToken), cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await _reader.MoveNextAsync())
            return null;
        _messages.Add(_reader.Current);
        return _reader.Current;
    }

    /// <summary>Reads to the end.</summary>
    public async Task<GrpcReply> FinishAsync()
    {
        try
        {
            while (await ReadAsync() is not null)
            {
                // FinishAsync tells them all.
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return new GrpcReply(_messages, Status: null, exception.ToString(), new Dictionary<string, string>());
        }

        var answer = await response;
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in answer.Headers.Concat(answer.TrailingHeaders))
            metadata[name] = string.Join(", ", values);
        var status = metadata.TryGetValue("grpc-status", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : (int?)null;
        return new GrpcReply(_messages, status, Uri.UnescapeDataString(metadata.GetValueOrDefault("grpc-message", "")), metadata);
    }

    /// <summary>Ends the call where it is: what is not finished is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        content.Abandon();
        if (_reader is not null)
            await _reader.DisposeAsync();
        if (response.IsCompletedSuccessfully)
            (await response).Dispose();
        request.Dispose();
    }
}

/// <summary>A request's body that is written while the response is read.</summary>
internal sealed class MessageContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the connection is there.</summary>
    public Task Opened => _stream.Task;

    public async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var stream = await _stream.Task;
        await stream.WriteAsync(bytes, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public void Complete() => _done.TrySetResult();

    public void Abandon() => _done.TrySetException(new IOException("The test has left the call."));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers go out before there is anything to say.
        await stream.FlushAsync(cancellationToken);
        _stream.TrySetResult(stream);
        await _done.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
