using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Telemetry;
using Serve.Testing;

namespace Serve.Tests.Sdk;

/// <summary>What a program that serves by itself tells of itself.</summary>
public sealed class EmbeddedTelemetryTests : IAsyncLifetime
{
    private EmbeddedProgram _program = null!;

    public async Task InitializeAsync() => _program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<MeasuredIngress>());

    public async Task DisposeAsync() => await _program.DisposeAsync();

    [Fact]
    public async Task Metrics_AfterRequests_HaveThemByPatternAndTheProgramsOwnMeters()
    {
        for (var i = 0; i < 3; i++)
            (await _program.Http.GetStringAsync($"/measured/{i}")).ShouldBe("ok");
        (await _program.Http.GetAsync("/measured-failure")).IsSuccessStatusCode.ShouldBeFalse();
        var page = await _program.Http.GetStringAsync("/-/metrics");
        ExpositionCheck.WhatIsWrong(page).ShouldBeEmpty();
        const string Replica = """application="default",deployment="MeasuredIngress",replica="default#MeasuredIngress#0-0",""";
        page.ShouldContain($$"""serve_deployment_requests_total{{{Replica}}route="/measured/{id}"} 3""");
        page.ShouldContain($$"""serve_deployment_processing_latency_seconds_count{{{Replica}}route="/measured/{id}"} 3""");
        page.ShouldContain($$"""serve_deployment_errors_total{{{Replica}}exception_type="FormatException",route="/measured-failure"} 1""");
        page.ShouldContain("measured_answers_total 3");
        page.ShouldNotContain("/measured/1");
    }

    [Fact]
    public async Task Metrics_ForAScraperThatWantsIt_AreOpenMetrics()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/-/metrics");
        message.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
        using var response = await _program.Http.SendAsync(message);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/openmetrics-text");
        ExpositionCheck.WhatIsWrong(await response.Content.ReadAsStringAsync(), isOpenMetrics: true).ShouldBeEmpty();
    }

    [Fact]
    public async Task Trace_OfTheClient_ReachesTheReplicaWithItsOutcome()
    {
        var spans = new List<Activity>();
        using var listener = Spans.Listen(spans);
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/measured-failure");
        message.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var response = await _program.Http.SendAsync(message);
        await Eventually.TrueAsync(() => Spans.Of(spans, trace).Count > 0);
        var span = Spans.Of(spans, trace).ShouldHaveSingleItem();
        span.OperationName.ShouldBe(SpanNames.Replica);
        span.Status.ShouldBe(ActivityStatusCode.Error);
        span.GetTagItem("route").ShouldBe("/measured-failure");
        span.Events.ShouldHaveSingleItem().Tags.ShouldContain(tag => (tag.Value as string) == "System.FormatException");
    }

    [Deployment]
    private sealed class MeasuredIngress : IIngress
    {
        private static readonly Counter<long> Answers = new Meter("Measured").CreateCounter<long>("measured.answers");

        public static void Map(IEndpointRouteBuilder endpoints)
        {
            endpoints.MapGet("/measured/{id}", (string id) =>
            {
                Answers.Add(1);
                return Results.Text(id.Length > 0 ? "ok" : "");
            });
            endpoints.MapGet("/measured-failure", string () => throw new FormatException("bad"));
        }
    }
}
