using System.Net;
using Google.Protobuf;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>A call whose messages the test writes and reads one by one.</summary>
internal sealed class RawStream : IAsyncDisposable
{
    private const int PrefixLength = 5;

    private readonly CancellationTokenSource _gone = new();
    private readonly Content _content = new();
    private Task<HttpResponseMessage> _response = null!;
    private Stream? _body;

    /// <summary>Begins a call; the request's headers are on their way.</summary>
    public static async Task<RawStream> OpenAsync(GrpcHost host, string method, params (string Name, string Value)[] headers)
    {
        var stream = new RawStream();
        stream._response = host.SendAsync(method, stream._content, stream._gone.Token, headers);
        await Task.WhenAny(stream._content.Opened.Task, stream._response);
        return stream;
    }

    public Task WriteAsync(IMessage message) => WriteAsync(RawFrames.Frame(message.ToByteArray()));

    public async Task WriteAsync(byte[] bytes)
    {
        var stream = await _content.Opened.Task;
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    /// <summary>No more messages come.</summary>
    public void Complete() => _content.Done.TrySetResult();

    /// <summary>The client goes.</summary>
    public async Task LeaveAsync()
    {
        _content.Done.TrySetException(new IOException("The test has left the call."));
        (await _response).Dispose();
    }

    /// <returns>Null at the end.</returns>
    public async Task<TMessage?> ReadAsync<TMessage>(MessageParser<TMessage> parser)
        where TMessage : class, IMessage<TMessage>
    {
        _body ??= await (await _response).Content.ReadAsStreamAsync();
        var prefix = new byte[PrefixLength];
        if (await _body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false) < PrefixLength)
            return null;
        var message = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await _body.ReadExactlyAsync(message);
        return parser.ParseFrom(message);
    }

    /// <summary>Reads the rest of the answer.</summary>
    public async Task<RawReply> FinishAsync()
    {
        var response = await _response;
        _body ??= await response.Content.ReadAsStreamAsync();
        using var rest = new MemoryStream();
        await _body.CopyToAsync(rest);
        return RawReply.Of(response, rest.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        Complete();
        try
        {
            (await _response).Dispose();
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
        {
            // It was cancelled.
        }

        _gone.Dispose();
    }

    private sealed class Content : HttpContent
    {
        public TaskCompletionSource<Stream> Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            Opened.TrySetResult(stream);
            await Done.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
