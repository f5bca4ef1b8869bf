using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Serve.ClusterTests;

/// <summary>What a client sees of a proxied application, and the application of its client.</summary>
public sealed class RequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private HttpClient Http => fixture.Server.Http;

    [Fact]
    public async Task Request_UnderRoutePrefix_AppSeesPathWithoutItAndTheClient()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/app/request?x=1");
        message.Headers.Add("x-serve-wait", "spoofed");
        message.Headers.Add("x-forwarded-for", "6.6.6.6");
        message.Headers.Add("x-request-id", "mine");
        using var response = await Http.SendAsync(message);
        var seen = await response.Content.ReadFromJsonAsync<JsonObject>();
        seen!["pathBase"]!.GetValue<string>().ShouldBe("/app");
        seen["path"]!.GetValue<string>().ShouldBe("/request");
        seen["host"]!.GetValue<string>().ShouldBe(Http.BaseAddress!.Authority);
        seen["client"]!.GetValue<string>().ShouldBe("127.0.0.1");
        var headers = seen["headers"]!.AsObject().Select(header => header.Key.ToLowerInvariant()).ToList();
        headers.ShouldNotContain("x-serve-wait");
        headers.ShouldNotContain("x-forwarded-for");
        response.Headers.GetValues("x-request-id").ShouldBe(["mine"]);
    }

    [Fact]
    public async Task Request_UnknownPath_Is404WithAHint()
    {
        using var response = await Http.GetAsync("/nowhere");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldContain("/-/routes");
    }

    [Fact]
    public async Task Request_UserCodeThrows_Is500WithoutInternals()
    {
        using var response = await Http.GetAsync("/app/throw");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBe("Internal Server Error");
        var logs = await fixture.Server.CliAsync("logs", "default", "Front");
        logs.Output.ShouldContain("a secret of the program");
    }

    [Fact]
    public async Task Request_OverItsTime_Is408()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/app/wait?seconds=60");
        message.Headers.Add("x-request-timeout-seconds", "0.2");
        using var response = await Http.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
    }

    [Fact]
    public async Task Upload_OfMegabytes_ArrivesWhole()
    {
        var body = RandomNumberGenerator.GetBytes(20 * 1024 * 1024);
        using var response = await Http.PostAsync("/app/upload", new ByteArrayContent(body));
        (await response.Content.ReadAsStringAsync()).ShouldBe(Convert.ToHexString(SHA256.HashData(body)));
    }

    [Fact]
    public async Task Stream_LongRunning_FirstChunkComesBeforeTheEnd()
    {
        using var response = await Http.GetAsync("/app/stream?count=3&pause=0.5", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var start = TimeProvider.System.GetTimestamp();
        (await reader.ReadLineAsync()).ShouldBe("0");
        var first = TimeProvider.System.GetElapsedTime(start);
        (await reader.ReadToEndAsync()).ShouldBe("1\n2\n");
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(first + TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public async Task WebSocket_ThroughTheProxy_EchoesBothWays()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{Http.BaseAddress!.Authority}/app/socket"), CancellationToken.None);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var buffer = new byte[16];
        var message = await socket.ReceiveAsync(buffer, CancellationToken.None);
        buffer[..message.Count].ShouldBe("hello"u8.ToArray());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task OwnRoutes_OfTheProxy_AnswerHealthAndRoutes()
    {
        (await Http.GetStringAsync("/-/healthz")).ShouldBe("success");
        (await Http.GetFromJsonAsync<Dictionary<string, string>>("/-/routes"))!["/app"].ShouldBe("default");
    }

    [Fact]
    public async Task OpenApi_OfTheApplication_IsServedUnderItsPrefix()
    {
        var document = await Http.GetFromJsonAsync<JsonObject>("/app/openapi/v1.json");
        document!["paths"]!.AsObject().ShouldContainKey("/echo");
        document["servers"]!.AsArray()[0]!["url"]!.GetValue<string>().ShouldEndWith("/app");
    }
}
