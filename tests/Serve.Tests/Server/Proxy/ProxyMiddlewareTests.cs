using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Specs;
using Serve.Specs.Http;

namespace Serve.Tests.Server.Proxy;

/// <summary>What a document may ask the proxy to do beside forwarding: CORS, compression, belief in other proxies.</summary>
public sealed class ProxyMiddlewareTests : ProxyHarness
{
    private static readonly CorsSpec Cors = new()
    {
        AllowedOrigins = ["https://shop.example", "https://*.trusted.example"],
        AllowedMethods = ["GET", "PUT"],
        ExposedHeaders = ["x-request-id"],
        AllowCredentials = true,
    };

    [Theory]
    [InlineData("https://shop.example", true)]
    [InlineData("https://a.trusted.example", true)]
    [InlineData("https://evil.example", false)]
    public async Task Preflight_OfAnOrigin_IsAnsweredByTheProxy(string origin, bool isAllowed)
    {
        var worker = await ServeAsync(WorkerStub.EchoAsync);
        using var http = ClientOf((await StartAsync(new HttpOptions { Cors = Cors })).HttpAddress);
        using var question = new HttpRequestMessage(HttpMethod.Options, "/") { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "PUT" } } };
        using var response = await http.SendAsync(question);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Value(response, "Access-Control-Allow-Origin").ShouldBe(isAllowed ? origin : null);
        Value(response, "Access-Control-Allow-Methods").ShouldBe(isAllowed ? "GET,PUT" : null);
        Value(response, "Access-Control-Max-Age").ShouldBe(isAllowed ? "600" : null);
        worker.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Request_OfAnAllowedOrigin_MayBeReadEvenWhereItFails()
    {
        await ServeAsync(WorkerStub.EchoAsync, prefix: "/shop");
        using var http = ClientOf((await StartAsync(new HttpOptions { Cors = Cors })).HttpAddress);
        foreach (var path in new[] { "/shop", "/nowhere" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", "https://shop.example" } } };
            using var response = await http.SendAsync(request);
            Value(response, "Access-Control-Allow-Origin").ShouldBe("https://shop.example");
            Value(response, "Access-Control-Allow-Credentials").ShouldBe("true");
            Value(response, "Access-Control-Expose-Headers").ShouldBe("x-request-id");
        }
    }

    [Fact]
    public async Task Preflight_WithoutCors_IsTheApplicationsToAnswer()
    {
        var worker = await ServeAsync(WorkerStub.EchoAsync);
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var question = new HttpRequestMessage(HttpMethod.Options, "/") { Headers = { { "Origin", "https://shop.example" }, { "Access-Control-Request-Method", "PUT" } } };
        using var response = await http.SendAsync(question);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        worker.Requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("text/plain", "gzip", "gzip")]
    [InlineData("text/plain", "gzip, br", "br")]
    [InlineData("text/plain", null, null)]
    [InlineData("image/png", "gzip", null)]
    [InlineData("text/event-stream", "gzip", null)]
    public async Task Response_OfAType_IsCompressedAsTheClientAccepts(string type, string? accepts, string? expected)
    {
        var text = new string('x', 10_000);
        await ServeAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(text);
        });
        using var http = ClientOf((await StartAsync(new HttpOptions { Compression = new CompressionSpec() })).HttpAddress);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (accepts is not null)
            request.Headers.Add("Accept-Encoding", accepts);
        using var response = await http.SendAsync(request);
        response.Content.Headers.ContentEncoding.SingleOrDefault().ShouldBe(expected);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(Decompress(body, expected));
        (await reader.ReadToEndAsync()).ShouldBe(text);
    }

    [Theory]
    [InlineData(new string[0], "127.0.0.1 http")]
    [InlineData(new[] { "127.0.0.0/8" }, "6.6.6.6 https")]
    [InlineData(new[] { "127.0.0.1", "6.6.6.6" }, "5.5.5.5 https")]
    [InlineData(new[] { "10.0.0.0/8" }, "127.0.0.1 http")]
    public async Task Client_BehindProxies_IsWhomTheTrustedOnesSay(string[] trusted, string expected)
    {
        await ServeAsync(WorkerStub.DescribeClientAsync);
        using var http = ClientOf((await StartAsync(new HttpOptions { TrustedProxies = trusted })).HttpAddress);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-For", "5.5.5.5, 6.6.6.6" }, { "X-Forwarded-Proto", "https, https" } } };
        using var response = await http.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe(expected);
    }

    private static Stream Decompress(Stream body, string? encoding) => encoding switch
    {
        "gzip" => new GZipStream(body, CompressionMode.Decompress),
        "br" => new BrotliStream(body, CompressionMode.Decompress),
        _ => body,
    };

    private static string? Value(HttpResponseMessage response, string header) => response.Headers.TryGetValues(header, out var values) ? string.Join(',', values) : null;
}
