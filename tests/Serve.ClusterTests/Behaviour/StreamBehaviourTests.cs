using System.Net;
using System.Security.Cryptography;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>Bodies that are long or slow, in both directions: what is sent arrives at once, and nobody keeps more than a window of it.</summary>
public abstract class StreamBehaviourTests(ServedProgram program)
{
    /// <summary>Set it to 1 to send a gigabyte in place of a part of it.</summary>
    private const string LargeVariable = "SERVE_TEST_LARGE";

    private const long Megabyte = 1024 * 1024;

    private JournalFolder Journal => program.Journal;

    private static long LargeBody => Environment.GetEnvironmentVariable(LargeVariable) is "1" ? 1024 * Megabyte : 192 * Megabyte;

    [Fact]
    public async Task Response_InPieces_FirstArrivesBeforeTheLastIsWritten()
    {
        var key = Journal.NewKey();
        using var reply = await program.Http.GetAsync($"stream/held?key={key}", HttpCompletionOption.ResponseHeadersRead);
        reply.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        reply.Headers.GetValues("x-mark").ShouldBe(["kept"]);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("first");
        Journal.Has(key, "door-ended").ShouldBeFalse();
        Journal.Release(key);
        (await reader.ReadToEndAsync()).ShouldBe("last\n");
    }

    [Fact]
    public async Task ServerSentEvents_EachArrivesWhenItIsSent()
    {
        var key = Journal.NewKey();
        using var reply = await program.Http.GetAsync($"stream/events?key={key}", HttpCompletionOption.ResponseHeadersRead);
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("event: note");
        (await reader.ReadLineAsync()).ShouldBe("data: first");
        Journal.Release(key);
        (await reader.ReadToEndAsync()).ShouldContain("data: last");
    }

    [Fact]
    public async Task Response_ClientReadsNothing_TheProgramIsHeldBack()
    {
        var key = Journal.NewKey();
        using var client = program.NewClient();
        var reply = await client.GetAsync($"stream/flood?key={key}&bytes={LargeBody}", HttpCompletionOption.ResponseHeadersRead);
        var sent = await SettledAsync(async () => long.Parse(await program.Http.GetStringAsync("stream/flooded")));
        sent.ShouldBeLessThan(64 * Megabyte, "the buffers of sockets and windows in between");
        Journal.Has(key, "door-ended").ShouldBeFalse();
        reply.Dispose();
        // What a web server does with writes to nobody is up to it; the program is not held for ever.
        await Journal.SeenAsync(key, "door-ended");
    }

    [Fact]
    public async Task Response_OfManyMegabytes_ArrivesWhole()
    {
        using var reply = await program.Http.GetAsync($"stream/flood?key={Journal.NewKey()}&bytes={20 * Megabyte}", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await reply.Content.ReadAsStreamAsync();
        (await CountAsync(body)).ShouldBe(20 * Megabyte);
    }

    [Fact]
    public async Task Upload_ProgramReadsNothing_TheClientIsHeldBack()
    {
        var key = Journal.NewKey();
        using var client = program.NewClient();
        var content = new ZeroContent(LargeBody);
        var upload = client.PostAsync($"upload/held?key={key}", content);
        await Journal.SeenAsync(key, "door-started");
        (await SettledAsync(() => Task.FromResult(content.Sent))).ShouldBeLessThan(64 * Megabyte, "the buffers of sockets and windows in between");
        Journal.Release(key);
        using var reply = await upload;
        (await reply.Content.ReadAsStringAsync()).ShouldBe(LargeBody.ToString());
    }

    [Fact]
    public async Task Upload_VeryLarge_NoProcessGrowsWithIt()
    {
        using (await program.Http.PostAsync("upload/count", new ZeroContent(8 * Megabyte)))
        {
            // Warm: what every process needs once is not what the upload costs.
        }

        var processes = await program.FindProcessesAsync();
        var before = processes.Sum(ResidentBytes);
        var most = 0L;
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, processes.Sum(ResidentBytes));
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        });
        using var reply = await program.Http.PostAsync("upload/count", new ZeroContent(LargeBody));
        await stop.CancelAsync();
        await watch;
        (await reply.Content.ReadAsStringAsync()).ShouldBe(LargeBody.ToString());
        (most - before).ShouldBeLessThan(96 * Megabyte);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(5_000_000)]
    public async Task Upload_OfAnySize_ArrivesWhole(int size)
    {
        var body = RandomNumberGenerator.GetBytes(size);
        using var reply = await program.Http.PostAsync("upload/hash", new ByteArrayContent(body));
        (await reply.Content.ReadAsStringAsync()).ShouldBe(Convert.ToHexString(SHA256.HashData(body)));
        // The same without saying how long it is.
        using var message = new HttpRequestMessage(HttpMethod.Post, "upload/hash") { Content = new StreamContent(new MemoryStream(body)) };
        message.Headers.TransferEncodingChunked = true;
        using var chunked = await program.Http.SendAsync(message);
        (await chunked.Content.ReadAsStringAsync()).ShouldBe(Convert.ToHexString(SHA256.HashData(body)));
    }

    [Fact]
    public async Task Upload_OfAForm_FileArrivesWithItsName()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[100_000]), "file", "weights.bin" } };
        using var reply = await program.Http.PostAsync("upload/form", form);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("weights.bin: 100000");
    }

    [Fact]
    public async Task Upload_ClientBreaksOff_TheProgramIsCancelled()
    {
        var key = Journal.NewKey();
        using (var client = program.NewClient())
        using (var source = new CancellationTokenSource())
        {
            var content = new MessageContent();
            var upload = client.PostAsync($"upload/held?key={key}", content, source.Token);
            await content.WriteAsync(new byte[1000], CancellationToken.None);
            await Journal.SeenAsync(key, "door-started");
            await source.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => upload);
        }

        await Journal.SeenAsync(key, "door-cancelled");
    }

    [Fact]
    public async Task BothWays_EachPiece_ComesBackBeforeTheNextIsSent()
    {
        using var http2 = new HttpClient { BaseAddress = program.GrpcAddress, Timeout = Eventually.Patience };
        var content = new MessageContent();
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{program.Prefix}/stream/both") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var reply = await http2.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await reply.Content.ReadAsStreamAsync();
        foreach (var piece in new[] { "one"u8.ToArray(), "two"u8.ToArray(), "three"u8.ToArray() })
        {
            await content.WriteAsync(piece, CancellationToken.None);
            var back = new byte[piece.Length];
            await body.ReadExactlyAsync(back);
            back.ShouldBe(piece);
        }

        content.Complete();
        (await body.ReadAsync(new byte[1])).ShouldBe(0);
    }

    [Fact]
    public async Task Trailers_OfTheProgram_ReachAnHttp2Client()
    {
        using var http2 = new HttpClient { BaseAddress = program.GrpcAddress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var reply = await http2.GetAsync($"{program.Prefix}/stream/trailers");
        (await reply.Content.ReadAsStringAsync()).ShouldBe("body");
        reply.TrailingHeaders.GetValues("x-checksum").ShouldBe(["42"]);
    }

    /// <summary>Waits until a number has stopped growing.</summary>
    private static async Task<long> SettledAsync(Func<Task<long>> read)
    {
        var (last, same) = (-1L, 0);
        await Eventually.TrueAsync(async () =>
        {
            var now = await read();
            same = now == last && now > 0 ? same + 1 : 0;
            last = now;
            return same > 20;
        });
        return last;
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        while (await stream.ReadAsync(buffer) is > 0 and var read)
            total += read;
        return total;
    }

    private static long ResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    /// <summary>A body of zeros that is nowhere as a whole.</summary>
    private sealed class ZeroContent(long length) : HttpContent
    {
        private static readonly byte[] Chunk = new byte[64 * 1024];

        private long _sent;

        public long Sent => Interlocked.Read(ref _sent);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            for (var left = length; left > 0; left -= Chunk.Length)
            {
                var size = (int)Math.Min(left, Chunk.Length);
                await stream.WriteAsync(Chunk.AsMemory(0, size), cancellationToken);
                Interlocked.Add(ref _sent, size);
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedStreamBehaviourTests(ProxiedProgram program) : StreamBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedStreamBehaviourTests(EmbeddedProgram program) : StreamBehaviourTests(program);
