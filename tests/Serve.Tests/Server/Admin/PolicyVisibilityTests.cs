using Serve.Server.Controller.Autoscaling;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Admin;

/// <summary>What an operator sees of a program's own policy, while it decides and while it fails.</summary>
public sealed class PolicyVisibilityTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Policy_DecidesAndFails_IsSeenInExplainStatusAndEvents()
    {
        _host.Decide = static question => new PolicyAnswer(question.Deployments.ToDictionary(context => context.Deployment, _ => new ScalingAdvice(3.5)), Failure: null);
        await _host.DeployAsync("shop", """
            "deployments": [{"name": "Model", "autoscaling_config": {"max_replicas": 9, "upscale_delay_s": 0, "policy": {"policy_function": "Shop.QueuePolicy"}}}]
            """);
        await PassAsync(async () => (await AutoscalingAsync())["load"]!["replicas_target"]!.GetValue<int>() == 4);
        var decided = await AutoscalingAsync();
        decided["policy"]!.ToJsonString().ShouldStartWith("""{"name":"Shop.QueuePolicy","is_whole":false,"wanted":3.5,""");
        decided["decisions"]!.AsArray().ShouldContain(decision => decision!["rule"]!.GetValue<string>() == "up" && decision["signal"]!.GetValue<string>() == "policy" && decision["after"]!.GetValue<int>() == 4);
        (await AnswersAsync()).ShouldContain(answer => answer.StartsWith("Who decides how many replicas there are? Its policy Shop.QueuePolicy. At ", StringComparison.Ordinal) && answer.EndsWith(" UTC it wanted 3.5.", StringComparison.Ordinal));

        _host.Decide = static _ => PolicyAnswer.Failed("it threw System.FormatException: no queue");
        await PassAsync(async () => (await AutoscalingAsync())["policy"]!["failure"]?.GetValue<string>() == "it threw System.FormatException: no queue");
        (await AutoscalingAsync())["load"]!["replicas_target"]!.GetValue<int>().ShouldBe(4, "the last good advice stays");
        (await AnswersAsync()).ShouldContain(answer => answer.StartsWith("What is wrong with the policy? Since ", StringComparison.Ordinal)
            && answer.EndsWith(" UTC it gives no good advice: it threw System.FormatException: no queue Its last good advice stays; it is asked again all the time.", StringComparison.Ordinal));
        using var events = await _host.Http.GetAsync("/api/serve/events", HttpCompletionOption.ResponseHeadersRead);
        _host.Decide = static question => new PolicyAnswer(question.Deployments.ToDictionary(context => context.Deployment, _ => new ScalingAdvice(4)), Failure: null);
        await PassAsync(async () => (await AutoscalingAsync())["policy"]!["failure"] is null);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line && line != "event: policy_recovered")
        {
        }

        (await reader.ReadLineAsync()).ShouldNotBeNull().ShouldContain("\"application\":\"shop\",\"deployment\":\"Model\"");
    }

    [Fact]
    public async Task Policy_Unknown_IsADeploymentThatFailed()
    {
        await _host.SendAsync("PUT", "/api/serve/applications/shop", AdminHost.App("shop", """
            "deployments": [{"name": "Model", "autoscaling_config": {"policy": {"policy_function": "Shop.NoPolicy"}}}]
            """));
        var state = await _host.WaitForAsync(state => state.Applications["shop"].Failure is not null);
        state.Applications["shop"].Failure.ShouldNotBeNull().ShouldContain("it has 'Shop.QueuePolicy'.");
    }

    private Task PassAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(async () =>
    {
        _host.Clock.Advance(AutoscalerRounds.Round);
        return await condition();
    });

    private async Task<System.Text.Json.Nodes.JsonNode> AutoscalingAsync() => (await _host.SendAsync("GET", "/api/v1/applications/shop/deployments/Model/autoscaling")).Json;

    private async Task<IReadOnlyList<string>> AnswersAsync() =>
        [.. (await _host.SendAsync("GET", "/api/serve/applications/shop/explain/Model")).Json["answers"]!.AsArray().Select(answer => $"{answer!["question"]} {answer["text"]}")];
}
