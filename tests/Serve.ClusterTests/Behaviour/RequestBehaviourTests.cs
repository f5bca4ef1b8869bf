using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Serve.ClusterTests.Behaviour;

/// <summary>What a client and an endpoint see of each other.</summary>
public abstract class RequestBehaviourTests(ServedProgram program)
{
    private HttpClient Http => program.Http;

    [Fact]
    public async Task OwnRoutes_OfServe_TellHealthAndApplications()
    {
        var root = new Uri(Http.BaseAddress!, "/");
        (await Http.GetStringAsync(new Uri(root, "/-/healthz"))).ShouldBe("success");
        (await Http.GetFromJsonAsync<Dictionary<string, string>>(new Uri(root, "/-/routes")))![program.Prefix.Length == 0 ? "/" : program.Prefix].ShouldBe("default");
        (await Http.GetAsync(new Uri(root, "/-/nothing"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Request_UnderAPrefix_EndpointSeesThePathWithoutIt()
    {
        var seen = (await Http.GetFromJsonAsync<JsonObject>("request?x=1&y=%20a"))!;
        seen["pathBase"]!.GetValue<string>().ShouldBe(program.Prefix);
        seen["path"]!.GetValue<string>().ShouldBe("/request");
        seen["query"]!.GetValue<string>().ShouldBe("?x=1&y=%20a");
    }

    [Fact]
    public async Task Redirect_ToAPathOfTheProgram_KeepsThePrefix()
    {
        using var moved = await Http.GetAsync("moved");
        moved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        moved.Headers.Location!.ToString().ShouldBe($"{program.Prefix}/pid");
        (await Http.GetAsync(new Uri(Http.BaseAddress!, moved.Headers.Location))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Request_UserCodeThrows_Is500WithoutInternalsAndLogged()
    {
        using var response = await Http.GetAsync("throw");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBe("Internal Server Error");
        await Testing.Eventually.TrueAsync(async () => (await program.ReadLogAsync()).Contains("a secret of the program", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RequestId_Given_ComesBackToEachThatGaveIt()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => SendAsync("pid", "x-request-id", "shared")));
        foreach (var reply in replies)
            reply.Headers.GetValues("x-request-id").ShouldBe(["shared"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("long")]
    public async Task RequestId_MissingOrTooLong_IsANewUuid(string? given)
    {
        using var reply = given is null ? await Http.GetAsync("pid") : await SendAsync("pid", "x-request-id", new string('x', 257));
        Guid.TryParse(reply.Headers.GetValues("x-request-id").Single(), out var id).ShouldBeTrue();
        id.Version.ShouldBe(4);
    }

    [Fact]
    public async Task RequestId_OnAFailure_IsThereToo()
    {
        using var reply = await SendAsync("throw", "x-request-id", "broken");
        reply.Headers.GetValues("x-request-id").ShouldBe(["broken"]);
    }

    [Fact]
    public async Task RequestId_SetByTheProgramToo_IsThereOnce()
    {
        using var reply = await Http.GetAsync("own-request-id");
        reply.Headers.GetValues("x-request-id").ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task Request_OfAnyMethod_BodyAndHeadersPassBothWays(string method)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), "echo") { Content = new StringContent("grüße", System.Text.Encoding.UTF8, "text/x-test") };
        using var reply = await Http.SendAsync(message);
        (await reply.Content.ReadAsStringAsync()).ShouldBe("grüße");
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/x-test");
        reply.Headers.GetValues("x-method").ShouldBe([method]);
        reply.Headers.GetValues("x-twice").SelectMany(value => value.Split(", ")).ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    [InlineData(404)]
    [InlineData(418)]
    [InlineData(503)]
    public async Task Status_OfTheProgram_PassesAsItIs(int code) => ((int)(await Http.GetAsync($"status?code={code}")).StatusCode).ShouldBe(code);

    [Fact]
    public async Task Endpoints_WithParametersAndGroups_AreRoutedAsDeclared()
    {
        (await Http.GetStringAsync("group/books/items/7")).ShouldBe("books: 7");
        (await Http.GetStringAsync("group/books/items/first")).ShouldBe("books: the first");
        (await Http.GetAsync("group/books/items/seven")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Http.GetAsync("wait?seconds=soon")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task OpenApi_OfTheProgram_ListsItsEndpoints()
    {
        var document = await Http.GetFromJsonAsync<JsonObject>("openapi/v1.json");
        document!["paths"]!.AsObject().ShouldContainKey("/call/deep");
        document["servers"]!.AsArray()[0]!["url"]!.GetValue<string>().TrimEnd('/').ShouldEndWith(program.Prefix);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string header, string value)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add(header, value);
        return await Http.SendAsync(message);
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedRequestBehaviourTests(ProxiedProgram program) : RequestBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedRequestBehaviourTests(EmbeddedProgram program) : RequestBehaviourTests(program);
