using System.Text.RegularExpressions;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>The page of metrics of a real server with real workers.</summary>
public sealed partial class MetricsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Page_OfANode_HasServerAndWorkersAndPassesPromtool()
    {
        (await fixture.Server.Http.GetAsync("/app/request")).EnsureSuccessStatusCode();
        (await fixture.Server.Http.GetAsync("/nowhere")).Dispose();
        using var admin = new HttpClient { BaseAddress = fixture.Server.Addresses.Admin };
        var page = await admin.GetStringAsync("/metrics");
        ExpositionCheck.WhatIsWrong(page).ShouldBeEmpty();
        (await Promtool.CheckAsync(page)).ShouldBeEmpty();
        page.ShouldContain("""serve_num_http_requests_total{application="default",route="/app",method="GET",status_code="200"} """);
        page.ShouldContain("""serve_num_http_requests_total{application="",route="",method="GET",status_code="404"} """);
        page.ShouldContain("""serve_deployment_status{application="default",deployment="Front"} 6""");
        page.ShouldContain("""serve_exposition_silent_workers 0""");
        WorkersOwn().Matches(page).Count.ShouldBeGreaterThan(1, page);
        HealthyReplica().Matches(page).Count.ShouldBe(WorkersOwn().Matches(page).Count);
    }

    [GeneratedRegex("""^dotnet_process_memory_working_set_bytes\{application="default",deployment="\w+",replica="[^"]+"\} """, RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WorkersOwn();

    [GeneratedRegex("""^serve_deployment_replica_healthy\{.*\} 1$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HealthyReplica();
}
