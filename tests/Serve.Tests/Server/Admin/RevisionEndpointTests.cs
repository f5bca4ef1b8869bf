using Serve.Testing;

namespace Serve.Tests.Server.Admin;

/// <summary>History and the way back.</summary>
public sealed class RevisionEndpointTests : IAsyncLifetime
{
    private const string Shop = "/api/serve/applications/shop";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Revisions_OfEachChange_SayWhoDidWhat()
    {
        await PutAsync(1, user: "ada");
        await PutAsync(2, user: "J%C3%BCr%E2%80%AEgen%0A%1B");
        await _host.SendAsync("POST", "/api/v1/applications/shop/deployments/Model/scale?manual=true", """{"target_num_replicas": 3}""", headers: ["x-serve-user", new string('x', 500)]);
        var history = (await _host.SendAsync("GET", Shop + "/revisions")).Json;
        history["revision"]!.GetValue<long>().ShouldBe(3);
        history["active_revision"]!.GetValue<long>().ShouldBe(3);
        var revisions = history["revisions"]!.AsArray();
        revisions.Select(one => $"{one!["number"]} {one["by"]} {one["change"]}").ShouldBe(
            [$"3 {new string('x', 100)} scaled Model from 2 to 3 replicas", "2 Jürgen deployed", "1 ada deployed"]);
        revisions[1]!["config"]!["args"]!["v"]!.GetValue<int>().ShouldBe(2);
        revisions[2]!["was_running"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task Rollback_WithoutANumber_GoesToTheLastThatWasRunning()
    {
        await PutAsync(1);
        await PutAsync(2);
        var reply = await _host.SendAsync("POST", Shop + "/rollback", "{}", headers: ["x-serve-user", "ada"]);
        reply.Status.ShouldBe(200, reply.ToString());
        await _host.WaitUntilRunningAsync("shop");
        var application = _host.Controller.State.Applications["shop"];
        application.Spec.Args.ToJsonString().ShouldBe("""{"v":1}""");
        application.Revision.ShouldBe(3);
        application.History[3].By.ShouldBe("ada");
    }

    [Fact]
    public async Task Rollback_ToARevision_IsThatOneAgain()
    {
        await PutAsync(1);
        await PutAsync(2);
        await PutAsync(3);
        (await _host.SendAsync("POST", Shop + "/rollback", """{"to": 1}""")).Json["message"]!.GetValue<string>().ShouldBe("Application 'shop' is going back to revision 1.");
        _host.Controller.State.Applications["shop"].Spec.Args.ToJsonString().ShouldBe("""{"v":1}""");
    }

    [Theory]
    [InlineData("""{"to": 7}""", 404, "Application 'shop' has no revision 7; it has 1.")]
    [InlineData("{}", 404, "Application 'shop' has no earlier revision that was running.")]
    [InlineData("""{"to": "1"}""", 400, "to is \"1\"; it must be the number of a revision.")]
    [InlineData("""{"revision": 1}""", 400, "There is no key 'revision' here; the body is {\"to\": n}, or {} for the last revision that was running.")]
    public async Task Rollback_Impossible_IsRefused(string body, int status, string expected)
    {
        await PutAsync(1);
        var reply = await _host.SendAsync("POST", Shop + "/rollback", body);
        reply.Status.ShouldBe(status);
        reply.Error.ShouldBe(expected);
    }

    [Fact]
    public async Task Rollback_RevisionThatWasReadIsOld_IsRefused()
    {
        await PutAsync(1);
        await PutAsync(2);
        (await _host.SendAsync("POST", Shop + "/rollback", "{}", headers: ["If-Match", "\"1\""])).Status.ShouldBe(412);
    }

    [Fact]
    public async Task Revisions_OfAnUnknownApplication_AreNotFound()
    {
        (await _host.SendAsync("GET", Shop + "/revisions")).Status.ShouldBe(404);
        (await _host.SendAsync("POST", Shop + "/rollback", "{}")).Error.ShouldBe("There is no application 'shop'; there are none.");
    }

    private async Task PutAsync(int version, string user = "")
    {
        var reply = await _host.SendAsync("PUT", Shop, AdminHost.App("shop", $$""" "args": {"v": {{version}}} """), headers: ["x-serve-user", user]);
        reply.Status.ShouldBe(200, reply.ToString());
        await Eventually.TrueAsync(() => _host.Controller.State.Applications["shop"].History[version].WasRunning);
    }
}
