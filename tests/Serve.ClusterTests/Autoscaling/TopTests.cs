using System.Text.Json.Nodes;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>What an operator sees of load and decisions.</summary>
[Collection(AutoscalingDefinition.Name)]
public sealed class TopTests(AutoscalingFixture fixture)
{
    [Fact]
    public async Task Top_UnderLoad_ShowsItAndExplainSaysWhy()
    {
        await using var application = await ScaledApplication.DeskAsync(fixture.Server, """ "max_replicas": 2 """);
        application.Hold(4);
        await application.ReplicasAsync(2);
        await application.UntilAsync(async () => await application.LoadAsync() is { Running: 2, Queued: 2 });

        var top = await fixture.Server.CliAsync("top", application.Name);
        top.ExitCode.ShouldBe(0, top.ToString());
        top.Output.ShouldContain("1 application, 1 deployment, 2 replicas ready; 2 running, 2 queued");
        top.Output.ShouldContain("1-2");
        var json = JsonNode.Parse((await fixture.Server.CliAsync("top", application.Name, "--json")).Output)!;
        json["deployments"]![0]!["queued"]!.GetValue<double>().ShouldBe(2);

        var explained = await fixture.Server.CliAsync("explain", application.Name, "Desk");
        explained.Output.ShouldContain("What was decided?");
        explained.Output.ShouldContain("1 -> 2");
        var decisions = JsonNode.Parse((await fixture.Server.CliAsync("explain", application.Name, "Desk", "--json", "--decisions", "1")).Output)!["autoscaling"]!["decisions"]!;
        decisions.AsArray().Count.ShouldBe(1);
        await application.FinishAsync();

        var unknown = await fixture.Server.CliAsync("top", "nobody");
        unknown.ExitCode.ShouldBe(1);
        unknown.Error.ShouldContain("nobody");
    }
}
