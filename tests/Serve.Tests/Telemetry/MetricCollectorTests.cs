using System.Diagnostics.Metrics;
using Serve.Telemetry;
using Serve.Telemetry.Metrics;
using Serve.Testing;

namespace Serve.Tests.Telemetry;

/// <summary>What a process tells of what it has measured.</summary>
public sealed class MetricCollectorTests
{
    private static readonly KeyValuePair<string, object?>[] Constants = [new("application", "shop"), new("deployment", "Model"), new("replica", "shop#Model#1-7")];

    [Fact]
    public void Collect_MetersOfTheUsers_BearTheReplicasNames()
    {
        using var collector = new MetricCollector(MeterScope.Program, Constants);
        using var meter = new Meter(Unique("Shop"));
        meter.CreateCounter<long>("shop.lines", "{line}", "Lines that were read.").Add(3, new KeyValuePair<string, object?>("lang", "de"));
        PageOf(collector).ShouldContain("""shop_lines_total{application="shop",deployment="Model",replica="shop#Model#1-7",lang="de"} 3""");
    }

    [Fact]
    public void Collect_SeriesThatNameADeployment_KeepTheirOwn()
    {
        using var collector = new MetricCollector(MeterScope.Program, Constants);
        using var meter = new Meter(Unique("Shop"));
        meter.CreateCounter<long>("shop.calls").Add(1, new KeyValuePair<string, object?>("deployment", "Other"));
        PageOf(collector).ShouldContain("""shop_calls_total{deployment="Other"} 1""");
    }

    [Fact]
    public void Collect_AfterAMeterIsGone_ItsSeriesAreGone()
    {
        using var collector = new MetricCollector(MeterScope.Program, []);
        var name = Unique("gone");
        using (var meter = new Meter("Shop"))
        {
            meter.CreateCounter<long>(name).Add(1);
            PageOf(collector).ShouldContain(name);
        }

        collector.Collect();
        PageOf(collector).ShouldNotContain(name);
    }

    [Fact]
    public void Collect_ObservedSeriesThatIsNotThereAnyMore_IsGone()
    {
        using var collector = new MetricCollector(MeterScope.Program, []);
        using var meter = new Meter("Shop");
        var name = Unique("seen");
        var models = new List<string> { "one", "two" };
        meter.CreateObservableGauge(name, () => models.Select(model => new Measurement<long>(1, new KeyValuePair<string, object?>("model", model))));
        PageOf(collector).ShouldContain("model=\"two\"");
        models.Remove("two");
        PageOf(collector).ShouldNotContain("model=\"two\"");
    }

    [Fact]
    public void Collect_MoreSeriesThanTheBound_CountsTheRestTogether()
    {
        using var collector = new MetricCollector(MeterScope.Program, []);
        using var meter = new Meter("Shop");
        var name = Unique("many");
        var counter = meter.CreateCounter<long>(name);
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("user", i));
        var samples = collector.Collect().Single(family => family.Name == name).Samples;
        samples.Split('\n').Length.ShouldBeInRange(500, 1010);
        samples.ShouldContain("otel_metric_overflow=\"true\"");
    }

    [Fact]
    public void Collect_Histogram_HasTheDeclaredBuckets()
    {
        using var collector = new MetricCollector(MeterScope.Server, []);
        var application = Unique("app");
        using var meter = new Meter(new MeterOptions(MeterNames.Proxy) { Tags = [new("application", application)] });
        ServeMetrics.HttpLatency.CreateHistogram(meter).Record(0.0015);
        var lines = PageOf(collector).Split('\n').Where(line => line.Contains(application, StringComparison.Ordinal)).ToList();
        lines.Count.ShouldBe(Buckets.Latency.Count + 3);
        lines[0].ShouldBe($$"""serve_http_request_latency_seconds_bucket{application="{{application}}",le="0.001"} 0""");
        lines[1].ShouldBe($$"""serve_http_request_latency_seconds_bucket{application="{{application}}",le="0.002"} 1""");
        lines[^1].ShouldBe($$"""serve_http_request_latency_seconds_count{application="{{application}}"} 1""");
    }

    [Fact]
    public void Collect_ScopeOfTheServer_LeavesForeignMetersAlone()
    {
        using var collector = new MetricCollector(MeterScope.Server, []);
        using var meter = new Meter("Shop");
        var name = Unique("foreign");
        meter.CreateCounter<long>(name).Add(1);
        PageOf(collector).ShouldNotContain(name);
    }

    [Fact]
    public async Task Collect_EverythingOfThisProcess_PassesPromtool()
    {
        using var collector = new MetricCollector(MeterScope.Server, []);
        using var meter = new Meter(MeterNames.Replica);
        ServeMetrics.ProcessingLatency.CreateHistogram(meter).Record(1);
        ServeMetrics.DeploymentErrors.CreateCounter(meter).Add(1);
        var page = PageOf(collector);
        ExpositionCheck.WhatIsWrong(page).ShouldBeEmpty();
        ExpositionCheck.WhatIsWrong(ExpositionFormat.Write(MetricFamily.Merge(collector.Collect(), out _), isOpenMetrics: true), isOpenMetrics: true).ShouldBeEmpty();
        (await Promtool.CheckAsync(page)).ShouldBeEmpty();
    }

    private static string PageOf(MetricCollector collector) => ExpositionFormat.Write(MetricFamily.Merge(collector.Collect(), out _), isOpenMetrics: false);

    private static string Unique(string name) => $"{name}_{Guid.NewGuid():N}";
}
