using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Serve.Specs.Observability;
using Serve.Telemetry;
using Serve.Telemetry.Metrics;
using Serve.Telemetry.Push;
using Serve.Testing;

namespace Serve.Tests.Telemetry;

/// <summary>What a collector gets to see.</summary>
public sealed class OtlpPushTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
    private WebApplication _collector = null!;

    private string Endpoint => _collector.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging();
        _collector = builder.Build();
        _collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        await _collector.StartAsync();
    }

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task Use_WithACollector_PushesMetricsAndSampledSpansWithTheReplicasNames()
    {
        var name = $"shop.lines{Guid.NewGuid():N}";
        var trace = ActivityTraceId.CreateRandom();
        using var meter = new Meter("Shop");
        using (var push = new OtlpPush(MeterScope.Program, new PushedService("Model", "shop", "shop#Model#1-7", [new("replica", "shop#Model#1-7")])))
        {
            push.Use(new TelemetrySpec { OtlpEndpoint = Endpoint + "/", OtlpProtocol = OtlpTransport.HTTP, MetricsExportInterval = TimeSpan.FromSeconds(0.1) });
            meter.CreateCounter<long>(name).Add(1);
            Tracing.StartReceived(SpanNames.Replica, $"00-{trace}-00f067aa0ba902b7-01", traceState: null)!.Dispose();
            Tracing.StartReceived("not_sampled", $"00-{trace}-00f067aa0ba902b7-00", traceState: null)?.Dispose();
            await Eventually.TrueAsync(() => _received.Any(request => request.Path == "/v1/metrics" && request.Body.Contains(name, StringComparison.Ordinal)));
        }

        // The end sends what is left.
        _received.ShouldContain(request => request.Path == "/v1/traces" && request.Body.Contains(SpanNames.Replica, StringComparison.Ordinal) && request.Body.Contains("shop#Model#1-7", StringComparison.Ordinal));
        _received.ShouldNotContain(request => request.Body.Contains("not_sampled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Use_NobodyNamesACollectorAnyMore_PushesNothing()
    {
        var name = $"shop.pages{Guid.NewGuid():N}";
        using var meter = new Meter("Shop");
        using var push = new OtlpPush(MeterScope.Program, new PushedService("Model", "shop", "shop#Model#1-7", []));
        push.Use(new TelemetrySpec { OtlpEndpoint = Endpoint, OtlpProtocol = OtlpTransport.HTTP, MetricsExportInterval = TimeSpan.FromSeconds(0.1) });
        var counter = meter.CreateCounter<long>(name);
        counter.Add(1);
        await Eventually.TrueAsync(() => _received.Any(request => request.Body.Contains(name, StringComparison.Ordinal)));
        push.Use(spec: null);
        _received.Clear();
        counter.Add(1);
        push.Dispose();
        _received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, 0.01)]
    [InlineData(0.0, 0.0)]
    [InlineData(0.5, 0.5)]
    public void SamplingRatio_OfTheDocument_GoesBeforeTheDefault(double? given, double expected) =>
        OtlpSettings.SamplingRatio(new TelemetrySpec { TraceSamplingRatio = given }).ShouldBe(expected);
}
