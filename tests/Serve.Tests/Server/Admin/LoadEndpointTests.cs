using System.Text.Json.Nodes;
using Serve.Testing;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Admin;

/// <summary>What deployments have to do, and what the autoscaler makes of it, as clients read it.</summary>
public sealed class LoadEndpointTests : IAsyncLifetime
{
    private const string Scaled = """
        "deployments": [{"name": "Model", "autoscaling_config": {"min_replicas": 1, "max_replicas": 5, "target_ongoing_requests": 1, "upscale_delay_s": 0, "look_back_period_s": 5}}]
        """;

    private AdminHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await AdminHost.StartAsync();
        await _host.DeployAsync("shop", Scaled);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Load_Grows_NumberFollowsAndBothPagesSayWhy()
    {
        await LoadAsync(4);
        await _host.WaitForAsync(state => state.Find(new("shop", "Model"))!.Target.Spec.NumReplicas == 4);
        var shown = (await _host.SendAsync("GET", "/api/v1/applications/shop/deployments/Model/autoscaling")).Json;
        var up = shown["decisions"]!.AsArray().Single(decision => decision!["rule"]!.GetValue<string>() == "up")!;
        (Number(up, "before"), Number(up, "after"), Math.Round(Number(up, "needed")), Number(up, "arrivals_per_s"), Number(up, "replicas_min"), Number(up, "replicas_max")).ShouldBe((1, 4, 4, 40, 1, 5));
        up["signal"]!.GetValue<string>().ShouldBe("load");
        up["reason"]!.GetValue<string>().ShouldStartWith("From 1 to 4 replicas: 3.98 are needed for 40 requests a second");

        var all = (await _host.SendAsync("GET", "/api/v1/load")).Json["deployments"]!.AsArray();
        all.Select(one => one!["deployment"]!.GetValue<string>()).ShouldBe(["Api", "Model"]);
        all[0]!["rule"].ShouldBeNull("its number is fixed");
        (Number(all[1]!, "running"), Number(all[1]!, "replicas_target"), Number(all[1]!, "replicas_max"), Number(all[1]!, "window_s")).ShouldBe((4, 4, 5, 5));
        var explained = (await _host.SendAsync("GET", "/api/serve/applications/shop/explain/Model")).Json["answers"]!.AsArray();
        explained.Select(answer => answer!["question"]!.GetValue<string>()).ShouldContain("What does its load ask for?");
    }

    [Fact]
    public async Task Load_OfOneApplication_LeavesTheOthersOut()
    {
        await _host.DeployAsync("office");
        (await _host.SendAsync("GET", "/api/v1/load?application=office")).Json["deployments"]!.AsArray().ShouldAllBe(one => one!["application"]!.GetValue<string>() == "office");
    }

    [Theory]
    [InlineData("/api/v1/load?application=nothing")]
    [InlineData("/api/v1/applications/nothing/deployments/Model/autoscaling")]
    [InlineData("/api/v1/applications/shop/deployments/Nothing/autoscaling")]
    public async Task Unknown_IsNotFound(string path) => (await _host.SendAsync("GET", path)).Status.ShouldBe(404);

    [Fact]
    public async Task Autoscaling_OfADeploymentWithAFixedNumber_HasNoDecisions()
    {
        var shown = (await _host.SendAsync("GET", "/api/v1/applications/shop/deployments/Api/autoscaling")).Json;
        shown["now"].ShouldBeNull();
        shown["decisions"]!.AsArray().ShouldBeEmpty();
    }

    private static double Number(JsonNode node, string key) => node[key]!.GetValue<double>();

    /// <summary>From now on so many requests are there; the autoscaler has had its rounds.</summary>
    private async Task LoadAsync(double requests)
    {
        _host.Load.Set("shop", "Model", FakeLoad.Steady(requests));
        await Eventually.TrueAsync(() =>
        {
            _host.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return _host.Autoscaler.Decisions.Of(new("shop", "Model")).Any(logged => logged.Decision.After == (int)requests);
        });
    }
}
