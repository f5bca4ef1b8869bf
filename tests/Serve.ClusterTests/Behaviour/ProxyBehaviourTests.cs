using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>What only a proxy has: several applications, and workers that are processes of their own.</summary>
[Collection(ProxiedProgram.Collection)]
public sealed class ProxyBehaviourTests(ProxiedProgram program)
{
    private const int NotFound = 5;

    private Uri Root => new(program.Http.BaseAddress!, "/");

    [Fact]
    public async Task Prefix_TwoThatMatch_TheLongerOneWins()
    {
        var narrow = (await program.Server.ProcessesOfAsync("NarrowDoor", "narrow")).Single();
        (await program.Http.GetStringAsync("narrow/pid")).ShouldBe(narrow.ToString());
        (await program.Http.GetStringAsync("pid")).ShouldNotBe(narrow.ToString());
        // A prefix is whole segments.
        (await program.Http.GetAsync("narrower/pid")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Path_OfNoApplication_Is404WithAHint()
    {
        using var reply = await program.Http.GetAsync(new Uri(Root, "/nowhere"));
        reply.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("/-/routes");
    }

    [Fact]
    public async Task Host_OfAnyName_IsServedAndSeenByTheProgram()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "request") { Headers = { Host = "models.example:8443" } };
        using var reply = await program.Http.SendAsync(message);
        (await reply.Content.ReadFromJsonAsync<JsonObject>())!["headers"]!["Host"]!.GetValue<string>().ShouldBe("models.example:8443");
    }

    [Fact]
    public async Task Headers_ThatClientsMayNotSay_DoNotReachTheProgram()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "request");
        foreach (var name in new[] { "x-serve-timeout-ms", "x-forwarded-for", "x-forwarded-proto", "forwarded", "proxy-authorization", "x-private" })
            message.Headers.TryAddWithoutValidation(name, "spoofed");
        message.Headers.Connection.Add("x-private");
        message.Headers.Add("x-public", "kept");
        using var reply = await program.Http.SendAsync(message);
        var seen = (await reply.Content.ReadFromJsonAsync<JsonObject>())!["headers"]!.AsObject();
        seen.Select(header => header.Value!.GetValue<string>()).ShouldNotContain("spoofed");
        seen["x-public"]!.GetValue<string>().ShouldBe("kept");
    }

    [Fact]
    public async Task Worker_CrashesOnARequest_ThatRequestIs500AndTheNextWaitsForAnotherWorker()
    {
        var before = await program.Narrow.GetStringAsync("pid");
        using var crashed = await program.Narrow.PostAsync("crash", content: null);
        crashed.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await crashed.Content.ReadAsStringAsync()).ShouldBe("Internal Server Error");
        using var message = new HttpRequestMessage(HttpMethod.Get, "pid");
        message.Headers.Add("x-request-timeout-seconds", "60");
        using var next = await program.Narrow.SendAsync(message);
        (await next.Content.ReadAsStringAsync()).ShouldNotBe(before);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    public async Task Grpc_WithoutANameOfAnApplication_IsNotFoundAndListsThoseThatThereAre(string? application)
    {
        using var client = new GrpcClient(program.GrpcAddress, application);
        var reply = await client.CallAsync("unknown.Service/Method", "x");
        reply.Status.ShouldBe(NotFound, reply.Detail);
        reply.Detail.ShouldContain("default, hidden, narrow");
    }

    [Fact]
    public async Task Grpc_ToAProxyWithOneApplication_NeedsNoName()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServeProcess.RunAsync(folder.Path, TestProgram.Document(program.Application("narrow", "only", "/")));
        using var client = new GrpcClient(server.Addresses.Grpc!, application: null);
        var key = program.Journal.NewKey();
        program.Journal.Release(key);
        var reply = await client.CallAsync("test.Narrow/Hold", key);
        (reply.Status, string.Join(',', reply.Messages)).ShouldBe((0, key));
    }
}
