using Microsoft.AspNetCore.Http;
using Serve.Specs;

namespace Serve.Tests.Server.Proxy;

/// <summary>Requests that two servers could read differently, or that are too large, are refused; nothing of them reaches a worker.</summary>
public sealed class HttpFramingTests : ProxyHarness
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    public static TheoryData<string, string> Ambiguous => new()
    {
        { "length and chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "chunks and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Smuggled },
        { "two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + Smuggled },
        { "the same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" + Smuggled },
        { "a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\n" + Smuggled },
        { "a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" + Smuggled },
        { "a length in hex", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n" + Smuggled },
        { "an unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "a coding behind chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Smuggled },
        { "space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "a folded header", "POST / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "a first header that is folded", "POST / HTTP/1.1\r\n Host: a\r\n\r\n" + Smuggled },
        { "bare LF between headers", "POST / HTTP/1.1\r\nHost: a\nContent-Length: 0\r\n\r\n" + Smuggled },
        { "bare LF at the end", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\n" + Smuggled },
        { "bare CR in a value", "POST / HTTP/1.1\r\nHost: a\r\nX-A: b\rContent-Length: 5\r\n\r\n" + Smuggled },
        { "NUL in a value", "POST / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n" + Smuggled },
        { "no colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length 5\r\n\r\n" + Smuggled },
        { "an empty name", "POST / HTTP/1.1\r\nHost: a\r\n: 5\r\n\r\n" + Smuggled },
        { "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + Smuggled },
        { "no host", "GET / HTTP/1.1\r\n\r\n" + Smuggled },
        { "a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" + Smuggled },
        { "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + Smuggled },
    };

    public static TheoryData<string, string> BadChunks => new()
    {
        { "no hex", "zz\r\nhello\r\n0\r\n\r\n" },
        { "a negative size", "-5\r\nhello\r\n0\r\n\r\n" },
        { "a size over all bounds", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n" },
        { "no line end after the data", "5\r\nhelloX\r\n0\r\n\r\n" },
        { "bare LF after the size", "5\nhello\r\n0\r\n\r\n" },
        { "bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n" },
        { "a prefix", "0x5\r\nhello\r\n0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task Request_Ambiguous_IsRefusedAndItsConnectionClosed(string what, string request)
    {
        var worker = await ServeAsync(WorkerStub.EchoAsync);
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, request);
        (answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 501", StringComparison.Ordinal)).ShouldBeTrue($"{what}: {answer}");
        answer.Split("HTTP/1.1 ").Length.ShouldBe(2, $"one answer to {what}");
        worker.Requests.ShouldBe(0, what);
    }

    [Theory]
    [MemberData(nameof(BadChunks))]
    public async Task Request_BadChunks_EndsWithTheConnection(string what, string body)
    {
        var paths = new List<string>();
        await ServeAsync(async context =>
        {
            lock (paths)
                paths.Add(context.Request.Path);
            await WorkerStub.EchoAsync(context);
        });
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Smuggled);
        answer.ShouldNotContain("HTTP/1.1 200", Case.Sensitive, what);
        paths.ShouldNotContain("/smuggled");
    }

    [Theory]
    [InlineData(1, 10, 10, "200")]
    [InlineData(9, 10, 10, "431")]
    [InlineData(1, 2000, 10, "431")]
    [InlineData(1, 10, 300, "414")]
    public async Task Request_LargerThanAllowed_IsToldWhatIsTooLarge(int headers, int headerLength, int targetLength, string expected)
    {
        await ServeAsync(WorkerStub.EchoAsync);
        var proxy = await StartAsync(new HttpOptions { MaxRequestHeaders = 8, MaxRequestHeadersBytes = 1024, MaxRequestLineBytes = 256 });
        var lines = string.Concat(Enumerable.Range(0, headers).Select(i => $"X-{i}: {new string('v', headerLength)}\r\n"));
        var answer = await SendRawAsync(proxy.HttpAddress, $"GET /{new string('t', targetLength)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n");
        answer.ShouldStartWith($"HTTP/1.1 {expected}");
    }

    [Fact]
    public async Task Headers_ThatNeverEnd_AreCutOffInTime()
    {
        await ServeAsync(WorkerStub.EchoAsync);
        var proxy = await StartAsync(new HttpOptions { RequestHeadersTimeout = TimeSpan.FromSeconds(1) });
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(proxy.HttpAddress.Host, proxy.HttpAddress.Port);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Slow:"u8.ToArray());
        using var reader = new StreamReader(client.GetStream());
        (await reader.ReadToEndAsync().WaitAsync(Serve.Testing.Eventually.Patience)).ShouldStartWith("HTTP/1.1 408");
    }

    [Fact]
    public async Task Body_LargerThanAllowed_Is413()
    {
        await ServeAsync(WorkerStub.EchoAsync);
        using var http = ClientOf((await StartAsync(new HttpOptions { MaxRequestBodyBytes = 10 })).HttpAddress);
        using var response = await http.PostAsync("/", new StringContent("eleven bytes"));
        ((int)response.StatusCode).ShouldBe(413);
    }

    [Fact]
    public async Task Headers_OfTheConnection_StayAtTheProxy()
    {
        await ServeAsync(static context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Keys.Select(key => $"<{key.ToLowerInvariant()}>"))));
        var answer = await SendRawAsync(
            (await StartAsync()).HttpAddress,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Only-For-You, Host\r\nX-Only-For-You: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: secret\r\nProxy-Connection: x\r\nX-Stays: 1\r\n"
            + "X-Original-For: 1.2.3.4\r\nX-Forwarded-Anything: 1\r\n\r\n" + Smuggled);
        foreach (var name in new[] { "<x-only-for-you>", "<keep-alive>", "<proxy-", "<connection>", "<x-original", "<x-forwarded" })
            answer.ShouldNotContain(name);
        answer.ShouldContain("<x-stays>");
        answer.ShouldContain("<host>");
    }
}
