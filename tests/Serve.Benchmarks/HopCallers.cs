using System.Net;
using System.Net.Sockets;
using Serve.Wire.Hop;

namespace Serve.Benchmarks;

/// <summary>Makes calls over the hop.</summary>
internal sealed class HopCaller(string socket) : IAsyncDisposable
{
    private static readonly byte[] Head = new byte[48];

    private readonly HopClient _client = new(socket, new NoEvents());

    public async ValueTask<int> CallAsync(ReadOnlyMemory<byte> payload)
    {
        await using var stream = await _client.OpenAsync(HopKind.Call, Head, payload, isComplete: true, CancellationToken.None);
        var answer = await stream.WaitAnswerAsync(CancellationToken.None);
        return answer == HopAnswer.Answered && stream.IsInlineComplete && stream.InlineBody.Length == payload.Length ? 1 : throw new InvalidDataException($"The answer was {answer}.");
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private sealed class NoEvents : IHopClientEvents
    {
        public void OnLoad(int ongoing)
        {
        }

        public void OnFree()
        {
        }

        public void OnNotice(byte kind, ReadOnlySpan<byte> blob)
        {
        }

        public void OnDraining()
        {
        }

        public void OnLost()
        {
        }
    }
}

/// <summary>Makes the same calls with HttpClient over HTTP/2.</summary>
internal sealed class Http2Caller(string socket) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        InitialHttp2StreamWindowSize = 1024 * 1024,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://peer/"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async ValueTask<int> CallAsync(byte[] payload)
    {
        using var reply = await _client.PostAsync("/", new ByteArrayContent(payload));
        return (await reply.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).Length == payload.Length ? 1 : throw new InvalidDataException("The bytes changed.");
    }

    public void Dispose() => _client.Dispose();
}
