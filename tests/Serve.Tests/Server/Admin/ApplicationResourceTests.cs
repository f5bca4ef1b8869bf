using Serve.Specs;

namespace Serve.Tests.Server.Admin;

/// <summary>One resource for each application, with entity tags.</summary>
public sealed class ApplicationResourceTests : IAsyncLifetime
{
    private const string Shop = "/api/serve/applications/shop";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Put_OneApplication_LeavesOthersAlone()
    {
        await _host.DeployAsync("other");
        await _host.DeployAsync("shop");
        _host.Controller.State.Applications["other"].Revision.ShouldBe(1);
        _host.Controller.State.Applications.Keys.ShouldBe(["other", "shop"]);
    }

    [Fact]
    public async Task Get_Application_HasItsRevisionAsTag()
    {
        await _host.DeployAsync("shop");
        await _host.DeployAsync("shop");
        var reply = await _host.SendAsync("GET", Shop);
        reply.ETag.ShouldBe("\"2\"");
        reply.Json["status"]!.GetValue<string>().ShouldBe("RUNNING");
        reply.Json["revision"]!.GetValue<long>().ShouldBe(2);
    }

    [Fact]
    public async Task Get_Unknown_IsNotFound()
    {
        var reply = await _host.SendAsync("GET", Shop);
        reply.Status.ShouldBe(404);
        reply.Error.ShouldBe("There is no application 'shop'.");
    }

    [Fact]
    public async Task Application_WithASlashInItsName_IsReachable()
    {
        (await _host.SendAsync("PUT", "/api/serve/applications/team%2Fshop", """{"import_path": "/p"}""")).Status.ShouldBe(200);
        await _host.WaitUntilRunningAsync("team/shop");
        (await _host.SendAsync("GET", "/api/serve/applications/team%2fshop")).Json["name"]!.GetValue<string>().ShouldBe("team/shop");
    }

    [Theory]
    [InlineData("""{"name": "office", "import_path": "/p"}""", "The body is for the application \"office\", the path for 'shop'; leave the name out of the body, or make both the same.")]
    [InlineData("""{"name": null, "import_path": "/p"}""", "The body is for the application null, the path for 'shop'; leave the name out of the body, or make both the same.")]
    [InlineData("{}", "The application has 1 error; nothing was changed.")]
    public async Task Put_WrongBody_IsRefused(string body, string expected)
    {
        var reply = await _host.SendAsync("PUT", Shop, body);
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe(expected);
    }

    [Fact]
    public async Task Put_WrongKeys_AreNamedBelowTheApplication()
    {
        var reply = await _host.SendAsync("PUT", Shop, """{"import_path": "/p", "deployments": [{"name": "Api", "num_replica": 2}]}""");
        reply.Errors.ShouldBe(["deployments[0].num_replica: there is no key 'num_replica' here; did you mean 'num_replicas'?"]);
    }

    [Fact]
    public async Task Put_PrefixOfAnotherApplication_IsAConflict()
    {
        await _host.DeployAsync("shop");
        var reply = await _host.SendAsync("PUT", "/api/serve/applications/office", """{"route_prefix": "/shop", "import_path": "/p"}""");
        reply.Status.ShouldBe(409);
        reply.Error.ShouldContain("belongs to application 'shop'");
    }

    [Fact]
    public async Task Put_RevisionThatWasRead_IsTakenOnceAndThenRefused()
    {
        await _host.DeployAsync("shop");
        (await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-Match", "\"1\""])).Status.ShouldBe(200);
        var late = await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-Match", "\"1\""]);
        late.Status.ShouldBe(412);
        late.Error.ShouldBe("Application 'shop' is at revision 2, not at 1: somebody has changed it. Read it again and decide anew.");
        _host.Controller.State.Applications["shop"].Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Put_ManyWithTheSameRevision_ExactlyOneWins()
    {
        await _host.DeployAsync("shop");
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-Match", "\"1\""])));
        replies.Count(reply => reply.Status == 200).ShouldBe(1);
        replies.Count(reply => reply.Status == 412).ShouldBe(19);
        _host.Controller.State.Applications["shop"].Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Put_OnlyIfItIsNotThere_DoesNotReplace()
    {
        (await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-None-Match", "*"])).Status.ShouldBe(200);
        var again = await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-None-Match", "*"]);
        again.Status.ShouldBe(412);
        again.Error.ShouldBe("There is an application 'shop' already, at revision 1.");
    }

    [Fact]
    public async Task Put_RevisionOfAnApplicationThatIsGone_DoesNotBringItBack()
    {
        await _host.DeployAsync("shop");
        await _host.SendAsync("DELETE", Shop);
        var reply = await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-Match", "\"1\""]);
        reply.Status.ShouldBe(412);
        reply.Error.ShouldBe("There is no application 'shop' any more, so it does not have revision 1.");
    }

    [Theory]
    [InlineData("If-Match", "1")]
    [InlineData("If-Match", "W/\"1\"")]
    [InlineData("If-Match", "\"one\"")]
    [InlineData("If-Match", "\"1\", \"2\"")]
    [InlineData("If-None-Match", "\"1\"")]
    public async Task Put_HeaderThatIsNoRevision_IsRefused(string header, string value) =>
        (await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: [header, value])).Status.ShouldBe(400);

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/merge-patch+json")]
    public async Task Patch_Key_ChangesItAndKeepsTheOthers(string contentType)
    {
        await _host.DeployAsync("shop", """ "args": {"a": 1, "b": 2} """);
        (await _host.SendAsync("PATCH", Shop, """{"args": {"b": null, "c": 3}, "deployments": [{"name": "Model", "num_replicas": 1}]}""", contentType)).Status.ShouldBe(200);
        var spec = _host.Controller.State.Applications["shop"].Spec;
        spec.Args.ToJsonString().ShouldBe("""{"a":1,"c":3}""");
        spec.RoutePrefix.ShouldBe("/shop");
        spec.Deployments.Single().NumReplicas.ShouldBe(1);
    }

    [Fact]
    public async Task Patch_NullForThePrefix_GivesItItsDefault()
    {
        // A null in a merge patch takes the key away; what is left is a declaration without it.
        await _host.DeployAsync("shop");
        (await _host.SendAsync("PATCH", Shop, """{"route_prefix": null}""")).Status.ShouldBe(200);
        _host.Controller.State.Applications["shop"].Spec.RoutePrefix.ShouldBe(new ApplicationSpec().RoutePrefix);
    }

    [Fact]
    public async Task Patch_Concurrently_LosesNoChange()
    {
        await _host.DeployAsync("shop");
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _host.SendAsync("PATCH", Shop, $$"""{"args": {"k{{i}}": true} }""")));
        replies.ShouldAllBe(reply => reply.Status == 200);
        _host.Controller.State.Applications["shop"].Spec.Args.Select(pair => pair.Key).Order().ShouldBe(["k0", "k1", "k2", "k3"]);
    }

    [Theory]
    [InlineData("\"1\"", 200)]
    [InlineData("\"9\"", 412)]
    public async Task Patch_IfMatch_IsCompared(string tag, int expected)
    {
        await _host.DeployAsync("shop");
        (await _host.SendAsync("PATCH", Shop, """{"args": {"a": 1}}""", headers: ["If-Match", tag])).Status.ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"name": "office"}""", 400)]
    [InlineData("""{"import_path": null}""", 400)]
    [InlineData("[]", 400)]
    public async Task Patch_ThatMakesItWrong_IsRefused(string patch, int expected)
    {
        await _host.DeployAsync("shop");
        (await _host.SendAsync("PATCH", Shop, patch)).Status.ShouldBe(expected);
        _host.Controller.State.Applications["shop"].Revision.ShouldBe(1);
    }

    [Fact]
    public async Task Patch_Unknown_IsNotFound() => (await _host.SendAsync("PATCH", Shop, "{}")).Status.ShouldBe(404);

    [Fact]
    public async Task Delete_OneApplication_LeavesOthersAlone()
    {
        await _host.DeployAsync("other");
        await _host.DeployAsync("shop");
        (await _host.SendAsync("DELETE", Shop, headers: ["If-Match", "\"7\""])).Status.ShouldBe(412);
        (await _host.SendAsync("DELETE", Shop, headers: ["If-Match", "\"1\""])).Status.ShouldBe(200);
        await _host.WaitForAsync(state => !state.Applications.ContainsKey("shop"));
        var again = await _host.SendAsync("DELETE", Shop);
        again.Status.ShouldBe(404);
        again.Error.ShouldBe("There is no application 'shop'; there are 'other'.");
    }

    [Fact]
    public async Task Get_WhileItIsBeingDeleted_ShowsThatWithoutATag()
    {
        await _host.DeployAsync("shop");
        await _host.StopAgentAsync();
        await _host.SendAsync("DELETE", Shop);
        var reply = await _host.SendAsync("GET", Shop);
        reply.Json["status"]!.GetValue<string>().ShouldBe("DELETING");
        reply.ETag.ShouldBeNull();
        (await _host.SendAsync("PUT", Shop, AdminHost.App("shop"), headers: ["If-None-Match", "*"])).Status.ShouldBe(200);
    }
}
