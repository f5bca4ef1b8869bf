using Serve.Server.Controller;

namespace Serve.Tests.Server.Admin;

/// <summary>The scale endpoint, with Ray Serve's answers.</summary>
public sealed class ScaleEndpointTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await AdminHost.StartAsync();
        await _host.DeployAsync("shop", """
            "external_scaler_enabled": true
            """);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Scale_Deployment_GetsThatManyReplicas()
    {
        var reply = await ScaleAsync("shop", "Model", """{"target_num_replicas": 4}""");
        reply.Status.ShouldBe(200);
        reply.Json["message"]!.GetValue<string>().ShouldBe("Deployment 'Model' of application 'shop' is being scaled to 4 replicas.");
        await _host.WaitForAsync(state => state.Find(new("shop", "Model"))!.Replicas.Values.Count(replica => replica.Phase == ReplicaPhase.Running) == 4);
        (await _host.SendAsync("GET", "/api/serve/applications/shop")).Json["deployments"]!["Model"]!["target_num_replicas"]!.GetValue<int>().ShouldBe(4);
    }

    [Theory]
    [InlineData("""{"target_num_replicas": "4"}""", "target_num_replicas is \"4\"; it must be a whole number.")]
    [InlineData("""{"target_num_replicas": 1.5}""", "target_num_replicas is 1.5; it must be a whole number.")]
    [InlineData("""{"target_num_replicas": null}""", "The key 'target_num_replicas' is missing; the body is {\"target_num_replicas\": n}.")]
    [InlineData("{}", "The key 'target_num_replicas' is missing; the body is {\"target_num_replicas\": n}.")]
    [InlineData("""{"replicas": 2}""", "There is no key 'replicas' here; the body is {\"target_num_replicas\": n}.")]
    public async Task Scale_MalformedBody_IsRefused(string body, string expected)
    {
        var reply = await ScaleAsync("shop", "Model", body);
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe(expected);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_001)]
    public async Task Scale_OutOfRange_IsRefused(int replicas)
    {
        var reply = await ScaleAsync("shop", "Model", $$"""{"target_num_replicas": {{replicas}} }""");
        reply.Status.ShouldBe(400);
        reply.Error.ShouldStartWith($"target_num_replicas is {replicas}; it must be between");
    }

    [Theory]
    [InlineData("office", "Model", "There is no application 'office'; there are 'shop'.")]
    [InlineData("shop", "Modell", "Application 'shop' has no deployment 'Modell'; it has 'Api', 'Model'.")]
    public async Task Scale_Unknown_IsRefusedAsRayDoes(string application, string deployment, string expected)
    {
        var reply = await ScaleAsync(application, deployment, """{"target_num_replicas": 2}""");
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe(expected);
    }

    [Fact]
    public async Task Scale_WhileItIsBeingDeleted_IsAFailedPrecondition()
    {
        await _host.StopAgentAsync();
        await _host.SendAsync("DELETE", "/api/serve/applications/shop");
        var reply = await ScaleAsync("shop", "Model", """{"target_num_replicas": 2}""");
        reply.Status.ShouldBe(412);
        reply.Error.ShouldBe("Application 'shop' is being deleted.");
    }

    [Fact]
    public async Task Scale_WhileANewRevisionIsPrepared_MustBeTriedAgain()
    {
        _host.Agent.IsSlow = true;
        await _host.SendAsync("PUT", "/api/serve/applications/shop", AdminHost.App("shop"));
        var reply = await ScaleAsync("shop", "Model", """{"target_num_replicas": 2}""");
        reply.Status.ShouldBe(503);
        reply.RetryAfter.ShouldBe("1");
    }

    [Fact]
    public async Task Scale_ByAProgramThatTheApplicationDoesNotAllow_IsAFailedPrecondition()
    {
        await _host.DeployAsync("office");
        var reply = await ScaleAsync("office", "Model", """{"target_num_replicas": 2}""");
        reply.Status.ShouldBe(412);
        reply.Error.ShouldBe("Application 'office' does not say external_scaler_enabled: true, so no program outside scales it. Set that in its document; an operator scales it with 'serve scale', or with ?manual=true.");
        (await ScaleAsync("office", "Modell", """{"target_num_replicas": 2}""")).Status.ShouldBe(400, "as Ray does, before it looks whether it may");
    }

    [Fact]
    public async Task Scale_ByAnOperator_NeedsNoPermission()
    {
        await _host.DeployAsync("office");
        (await ScaleAsync("office", "Model", """{"target_num_replicas": 2}""", "?manual=true")).Status.ShouldBe(200);
        using var client = new Serve.Admin.AdminClient(_host.Http.BaseAddress!);
        await client.ScaleAsync("office", "Model", 3, default);
        (await _host.SendAsync("GET", "/api/serve/applications/office")).Json["deployments"]!["Model"]!["target_num_replicas"]!.GetValue<int>().ShouldBe(3);
    }

    [Theory]
    [InlineData("?manual=perhaps", "manual is 'perhaps'; it must be true or false.")]
    [InlineData("?force=true", "There is no parameter 'force' here; there is manual=true.")]
    public async Task Scale_MalformedQuery_IsRefused(string query, string expected)
    {
        var reply = await ScaleAsync("shop", "Model", """{"target_num_replicas": 2}""", query);
        reply.Status.ShouldBe(400);
        reply.Error.ShouldBe(expected);
    }

    [Theory]
    [InlineData("shop", true)]
    [InlineData("office", false)]
    public async Task Details_OfAnApplication_SayWhetherAProgramMayScaleIt(string name, bool expected)
    {
        await _host.DeployAsync("office");
        (await _host.SendAsync("GET", $"/api/serve/applications/{name}")).Json["external_scaler_enabled"]!.GetValue<bool>().ShouldBe(expected);
    }

    private Task<AdminReplyText> ScaleAsync(string application, string deployment, string body, string query = "") =>
        _host.SendAsync("POST", $"/api/v1/applications/{application}/deployments/{deployment}/scale{query}", body);
}
