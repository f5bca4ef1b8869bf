using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Serve.Tests.Server.Proxy;

/// <summary>What the proxy makes of requests and answers on their way: as little as it may.</summary>
public sealed class ForwardedMessageTests : ProxyHarness
{
    [Theory]
    [InlineData("/shop/a%20b/c%2Fd?x=%2F&y=a+b", "/shop|/a b/c%2Fd|?x=%2F&y=a+b")]
    [InlineData("/shop?", "/shop||?")]
    [InlineData("/shop/", "/shop|/|")]
    [InlineData("/shop//double", "/shop|//double|")]
    [InlineData("/other/../shop/x", "/shop|/x|")]
    [InlineData("/other/%2e%2e/shop/x%20y?q", "/shop|/x y|?q")]
    [InlineData("/shop/%E2%82%AC", "/shop|/€|")]
    [InlineData("http://elsewhere/shop/x?y", "/shop|/x|?y")]
    public async Task Target_OfARequest_IsWhatTheClientWroteBelowThePrefix(string target, string expected)
    {
        await ServeAsync(static context => AnswerAsync(context, $"{context.Request.PathBase.Value}|{context.Request.Path.Value}|{context.Request.QueryString.Value}"), prefix: "/shop");
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, $"GET {target} HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n");
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(answer)).ShouldEndWith($"\r\n\r\n{expected}");
    }

    [Fact]
    public async Task Request_ToAWorker_SaysWhoTheClientIsAndHowItSpeaks()
    {
        await ServeAsync(static context => AnswerAsync(
            context,
            $"{context.Request.Method} {context.Request.Protocol} {context.Request.Scheme} {context.Request.Host} {context.Connection.RemoteIpAddress} {context.Connection.RemotePort > 0} {context.Request.Headers["X-Many"]}"));
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, "PATCH / HTTP/1.1\r\nHost: shop.example:81\r\nConnection: close\r\nX-Many: one\r\nX-Many: two\r\nContent-Length: 0\r\n\r\n");
        answer.ShouldEndWith("PATCH HTTP/1.1 http shop.example:81 127.0.0.1 True one,two");
    }

    [Fact]
    public async Task Answer_OfAWorker_KeepsStatusAndHeaders()
    {
        await ServeAsync(static context =>
        {
            context.Response.StatusCode = 299;
            context.Response.ContentType = "application/x-mine";
            context.Response.Headers.Append("Set-Cookie", "a=1");
            context.Response.Headers.Append("Set-Cookie", "b=2");
            context.Response.Headers["X-Request-Id"] = "another";
            return AnswerAsync(context, "body");
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-request-id", "mine" } } };
        using var response = await http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(299);
        response.Headers.GetValues("Set-Cookie").ShouldBe(["a=1", "b=2"]);
        response.Headers.GetValues("X-Request-Id").ShouldBe(["mine"], "one copy only");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-mine");
        response.Content.Headers.ContentLength.ShouldBe(4, "it is known, so the client need not be sent chunks");
    }

    [Fact]
    public async Task RequestId_NoneOrNoneThatMakesSense_IsMade()
    {
        await ServeAsync(static context => context.Response.WriteAsync(context.Request.Headers["x-request-id"].ToString()));
        using var http = ClientOf((await StartAsync()).HttpAddress);
        foreach (var given in new[] { null, new string('x', 257) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            if (given is not null)
                request.Headers.Add("x-request-id", given);
            using var response = await http.SendAsync(request);
            var id = response.Headers.GetValues("x-request-id").Single();
            Guid.TryParse(id, out _).ShouldBeTrue();
            (await response.Content.ReadAsStringAsync()).ShouldBe(id);
        }
    }

    [Fact]
    public async Task Head_OfALongBody_HasItsLengthAndNoBody()
    {
        await ServeAsync(static context =>
        {
            context.Response.ContentLength = 100_000;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(new string('x', 100_000));
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");
        using var response = await http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.ShouldBe(100_000);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        (await http.GetStringAsync("/")).Length.ShouldBe(100_000);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Answer_WithoutABody_HasNone(int status)
    {
        await ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        answer.ShouldStartWith($"HTTP/1.1 {status}");
        answer.ShouldEndWith("\r\n\r\n");
        answer.ShouldNotContain("chunked");
    }

    [Fact]
    public async Task Headers_OfOneConnection_DontLeakIntoItsNextRequest()
    {
        await ServeAsync(static context => AnswerAsync(context, $"[{context.Request.Headers["x-once"]}{context.Request.ContentLength}]"));
        var answer = await SendRawAsync((await StartAsync()).HttpAddress, "POST / HTTP/1.1\r\nHost: a\r\nx-once: 1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        answer.ShouldContain("[13]");
        answer.ShouldEndWith("[]");
    }

    [Fact]
    public async Task HeadersOfAnAnswer_BeforeItsBody_ArriveAtOnce()
    {
        var body = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            context.Response.Headers["x-early"] = "1";
            await context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.FlushAsync();
            await body.Task;
            await context.Response.WriteAsync("late");
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        response.Headers.Contains("x-early").ShouldBeTrue();
        body.SetResult();
        (await response.Content.ReadAsStringAsync()).ShouldBe("late");
    }

    /// <summary>Answers in one piece, as most endpoints do.</summary>
    private static Task AnswerAsync(HttpContext context, string text)
    {
        context.Response.BodyWriter.Write(Encoding.UTF8.GetBytes(text));
        return Task.CompletedTask;
    }
}
