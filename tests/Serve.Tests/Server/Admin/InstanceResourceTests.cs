using Serve.Testing;

namespace Serve.Tests.Server.Admin;

/// <summary>The resource of the whole server, as clients of Ray Serve use it.</summary>
public sealed class InstanceResourceTests : IAsyncLifetime
{
    private const string All = "/api/serve/applications/";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Get_SmallInstance_IsAsTheGoldenFileSays()
    {
        await _host.DeployAsync("shop", """ "args": {"size": 3}, "deployments": [{"name": "Model", "max_ongoing_requests": 7, "user_config": {"a": 1}}] """);
        var body = (await _host.SendAsync("GET", All)).Json;
        // The only parts that another machine or the next release sees differently.
        body["controller_info"]!["version"] = "*";
        body["applications"]!["shop"]!["last_deployed_time_s"] = 0;
        Baseline.WhatDiffers("tests/Serve.Tests/Server/Admin/testassets/instance.json", body.ToJsonString(new() { WriteIndented = true }) + "\n").ShouldBeNull();
    }

    [Fact]
    public async Task Get_NothingDeployed_IsEmptyButValid()
    {
        var reply = await _host.SendAsync("GET", All);
        reply.Status.ShouldBe(200);
        reply.Json["applications"]!.AsObject().ShouldBeEmpty();
        reply.Json["deploy_mode"]!.GetValue<string>().ShouldBe("MULTI_APP");
        reply.Json["controller_info"]!["node_id"]!.GetValue<string>().ShouldBe("node1");
    }

    [Theory]
    [InlineData("declarative", 1)]
    [InlineData("imperative", 0)]
    [InlineData("", 1)]
    public async Task Get_ApiType_FiltersBySource(string type, int expected)
    {
        await _host.DeployAsync("shop");
        (await _host.SendAsync("GET", $"{All}?api_type={type}")).Json["applications"]!.AsObject().Count.ShouldBe(expected);
    }

    [Fact]
    public async Task Get_UnknownApiType_IsRefused()
    {
        var reply = await _host.SendAsync("GET", All + "?api_type=magic");
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe("api_type is 'magic'; it must be declarative or imperative.");
    }

    [Fact]
    public async Task Version_OfRaysInterface_IsOneThatItsClientsAccept()
    {
        var reply = await _host.SendAsync("GET", "/api/ray/version");
        Version.Parse(reply.Json["ray_version"]!.GetValue<string>()).ShouldBeGreaterThan(new Version(1, 12));
        reply.Json["version"]!.GetValue<string>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Put_WholeDocument_DeploysItsApplicationsAndDeletesOthers()
    {
        await _host.DeployAsync("old");
        var reply = await _host.SendAsync("PUT", All, """{"applications": [{"name": "shop", "route_prefix": "/shop", "import_path": "/p"}], "http_options": {"port": 8001}}""");
        reply.Status.ShouldBe(200, reply.ToString());
        reply.Json["message"]!.GetValue<string>().ShouldBe("1 applications are being deployed.");
        await _host.WaitForAsync(state => !state.Applications.ContainsKey("old"));
        await _host.WaitUntilRunningAsync("shop");
    }

    [Fact]
    public async Task Put_ListenerThatDiffersFromTheRunningOne_IsWarnedOf()
    {
        var reply = await _host.SendAsync("PUT", All, """{"applications": [], "http_options": {"port": 8002}, "grpc_options": {"port": 9001}}""");
        reply.Json["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>()).ShouldBe(
        [
            "http_options.port can't change while the server runs; restart it with the new value.",
            "grpc_options.port can't change while the server runs; restart it with the new value.",
        ]);
    }

    [Fact]
    public async Task Put_WrongDocument_ListsEachErrorAndChangesNothing()
    {
        await _host.DeployAsync("shop");
        var reply = await _host.SendAsync("PUT", All, """{"applications": [{"name": "a", "route_prefix": "no", "import_path": "/p"}, {"name": "a", "importpath": "/p"}]}""");
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe("The document has 4 errors; nothing was changed.");
        reply.Errors.ShouldContain("applications[0].route_prefix: the prefix 'no' must start with '/'.");
        reply.Errors.ShouldContain("applications[1].importpath: there is no key 'importpath' here; did you mean 'import_path'?");
        _host.Controller.State.Applications.Keys.ShouldBe(["shop"]);
    }

    [Theory]
    [InlineData("", "The body can't be read as JSON")]
    [InlineData("{", "The body can't be read as JSON")]
    [InlineData("{\"applications\": [], \"applications\": []}", "applications")]
    [InlineData("[1]", "The body is a list; send a JSON object.")]
    [InlineData("null", "The body is null; send a JSON object.")]
    [InlineData("3", "The body is a number; send a JSON object.")]
    public async Task Put_NoObject_IsRefused(string body, string expected)
    {
        var reply = await _host.SendAsync("PUT", All, body);
        reply.Status.ShouldBe(400);
        reply.Error.ShouldContain(expected);
    }

    [Fact]
    public async Task Put_BodyTooLong_IsRefusedWithTheBound()
    {
        var reply = await _host.SendAsync("PUT", All, new string(' ', (10 * 1024 * 1024) + 1), headers: ["Expect", "100-continue"]);
        reply.Status.ShouldBe(413);
        reply.Error.ShouldBe("The body is too long; the most is 10485760 bytes.");
    }

    [Theory]
    [InlineData("text/plain", "The body is of the type 'text/plain'; send JSON, with Content-Type: application/json.")]
    [InlineData("application/x-yaml; charset=utf-8", "The body is of the type 'application/x-yaml; charset=utf-8'; send JSON, with Content-Type: application/json.")]
    public async Task Put_OtherContentType_IsRefused(string type, string expected)
    {
        var reply = await _host.SendAsync("PUT", All, "{}", type);
        reply.Status.ShouldBe(415);
        reply.Error.ShouldBe(expected);
    }

    [Fact]
    public async Task Delete_All_EndsEverything()
    {
        await _host.DeployAsync("a");
        await _host.DeployAsync("b");
        (await _host.SendAsync("DELETE", All)).Status.ShouldBe(200);
        await _host.WaitForAsync(state => state.Applications.IsEmpty);
    }

    [Fact]
    public async Task Request_ControllerHasEnded_SaysThatAnotherMayLead()
    {
        await _host.StopControllerAsync();
        var reply = await _host.SendAsync("DELETE", All);
        reply.Status.ShouldBe(503);
        reply.RetryAfter.ShouldBe("1");
        reply.Error.ShouldStartWith("The controller of this server has ended");
        (await _host.SendAsync("GET", All)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("Host", "evil.example", "The admin API listens on loopback and answers to localhost and loopback addresses only, not to 'evil.example'.")]
    [InlineData("Origin", "https://evil.example", "The admin API takes no requests from pages of 'https://evil.example'.")]
    public async Task Request_FromAWebPageOfAnotherSite_IsForbidden(string header, string value, string expected)
    {
        var reply = await _host.SendAsync("GET", All, headers: [header, value]);
        reply.Status.ShouldBe(403);
        reply.Error.ShouldBe(expected);
    }

    [Fact]
    public async Task Logs_Query_ReachesTheSource()
    {
        (await _host.SendAsync("GET", "/api/serve/logs/my%20app?deployment=Api&replica=1-2&tail=5&follow=true")).Body.ShouldBe("my app Api 1-2 5 True\n");
        (await _host.SendAsync("GET", "/api/serve/logs/shop?tail=many")).Body.ShouldBe("shop   100 False\n");
    }

    [Fact]
    public async Task Shutdown_Asked_EndsTheServer()
    {
        (await _host.SendAsync("POST", "/api/serve/shutdown", "{}")).Status.ShouldBe(200);
        await Eventually.TrueAsync(() => _host.WasShutDown);
    }
}
