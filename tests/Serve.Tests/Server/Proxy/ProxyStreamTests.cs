using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Serve.Specs;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>Bodies that are long, or never end: nothing is held back, and nothing piles up.</summary>
public sealed class ProxyStreamTests : ProxyHarness
{
    [Fact]
    public async Task Events_OfAStream_ArriveOneByOne()
    {
        var next = new SemaphoreSlim(0);
        await ServeAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(context.RequestAborted);
            }
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            (await reader.ReadLineAsync().WaitAsync(Eventually.Patience)).ShouldBe($"data: {i}");
            await reader.ReadLineAsync();
            next.Release();
        }

        (await reader.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Upload_InChunks_EachArrivesBeforeTheNextIsSent()
    {
        var arrived = new SemaphoreSlim(0);
        await ServeAsync(async context =>
        {
            var buffer = new byte[16];
            while (await context.Request.Body.ReadAsync(buffer) > 0)
                arrived.Release();
        });
        // No HttpClient: it holds small chunks back itself.
        var address = (await StartAsync()).HttpAddress;
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        for (var i = 0; i < 3; i++)
        {
            await stream.WriteAsync("5\r\nchunk\r\n"u8.ToArray());
            (await arrived.WaitAsync(Eventually.Patience)).ShouldBeTrue();
        }

        await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        (await new StreamReader(stream).ReadToEndAsync()).ShouldStartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task Upload_WorkerDoesNotRead_ClientIsHeldBack()
    {
        const int Most = 32 * 1024 * 1024;
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            await read.Task;
            await context.Request.Body.CopyToAsync(Stream.Null);
        });
        using var http = ClientOf((await StartAsync(new HttpOptions { MaxRequestBodyBytes = 2L * Most, MinDataRate = 0 })).HttpAddress);
        var upload = new CountedUpload(Most);
        var sent = http.PostAsync("/", upload);
        await Eventually.TrueAsync(() => upload.IsStuck);
        upload.Sent.ShouldBeLessThan(Most);
        read.SetResult();
        using var response = await sent;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        upload.Sent.ShouldBe(Most);
    }

    [Fact]
    public async Task Download_ClientDoesNotRead_WorkerIsHeldBack()
    {
        const int Most = 64 * 1024 * 1024;
        long written = 0;
        await ServeAsync(async context =>
        {
            var block = new byte[64 * 1024];
            for (; written < Most; Interlocked.Add(ref written, block.Length))
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        using var http = ClientOf((await StartAsync(new HttpOptions { MinDataRate = 0 })).HttpAddress);
        using var response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await Eventually.TrueAsync(() => Interlocked.Read(ref written) > 0);
        var (last, times) = (0L, 0);
        await Eventually.TrueAsync(() =>
        {
            var now = Interlocked.Read(ref written);
            (last, times) = (now, now == last ? times + 1 : 0);
            return times >= 20;
        });
        last.ShouldBeLessThan(Most);
        (await CountAsync(await response.Content.ReadAsStreamAsync())).ShouldBe(Most);
    }

    [Fact]
    public async Task Upload_OfMegabytes_ArrivesAsItWasSent()
    {
        await ServeAsync(static async context => await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body))));
        using var http = ClientOf((await StartAsync()).HttpAddress);
        var body = RandomNumberGenerator.GetBytes(5_000_001);
        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = chunked;
            using var response = await http.SendAsync(request);
            (await response.Content.ReadAsStringAsync()).ShouldBe(Convert.ToHexString(SHA256.HashData(body)));
        }
    }

    [Fact]
    public async Task WebSocket_OverBothVersionsOfHttp_TalksBothWays()
    {
        await ServeAsync(SocketEcho);
        var proxy = await StartAsync();
        foreach (var (address, version) in new[] { (proxy.HttpAddress, HttpVersion.Version11), (proxy.GrpcAddress, HttpVersion.Version20) })
        {
            using var handler = new SocketsHttpHandler();
            using var invoker = new HttpMessageInvoker(handler);
            using var socket = new ClientWebSocket();
            socket.Options.HttpVersion = version;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            socket.Options.AddSubProtocol("chat");
            using var patience = new CancellationTokenSource(Eventually.Patience);
            await socket.ConnectAsync(new Uri($"ws://{address.Authority}/socket"), invoker, patience.Token);
            socket.SubProtocol.ShouldBe("chat");
            foreach (var (length, type) in new[] { (5, WebSocketMessageType.Text), (300_000, WebSocketMessageType.Binary) })
            {
                var message = new byte[length];
                await socket.SendAsync(message, type, endOfMessage: true, patience.Token);
                var buffer = new byte[length];
                var received = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await socket.ReceiveAsync(buffer.AsMemory(received), patience.Token);
                    received += result.Count;
                }
                while (!result.EndOfMessage);
                received.ShouldBe(length);
                result.MessageType.ShouldBe(type);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", patience.Token);
            socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        }
    }

    [Fact]
    public async Task WebSocket_ClientGoes_WorkerSeesIt()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            try
            {
                await SocketEcho(context);
            }
            finally
            {
                gone.TrySetResult();
            }
        });
        var proxy = await StartAsync();
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{proxy.HttpAddress.Authority}/"), CancellationToken.None);
        socket.Abort();
        await gone.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task WebSocket_WorkerRefusesIt_ClientGetsItsAnswer()
    {
        await ServeAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        });
        var proxy = await StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{proxy.HttpAddress.Authority}/"), CancellationToken.None));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        long count = 0;
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            count += read;
        return count;
    }

    private static async Task SocketEcho(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
    }

    /// <summary>A body of zeros that says how much of it has left, and whether it waits for room.</summary>
    private sealed class CountedUpload(int length) : HttpContent
    {
        private long _sent;
        private long _since;

        public long Sent => Interlocked.Read(ref _sent);

        public bool IsStuck => Sent > 0 && TimeProvider.System.GetElapsedTime(Interlocked.Read(ref _since)) > TimeSpan.FromMilliseconds(300);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[64 * 1024];
            for (var left = length; left > 0; left -= block.Length)
            {
                Interlocked.Exchange(ref _since, TimeProvider.System.GetTimestamp());
                await stream.WriteAsync(block);
                Interlocked.Add(ref _sent, block.Length);
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
