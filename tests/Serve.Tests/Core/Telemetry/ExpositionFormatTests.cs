using Serve.Telemetry;
using Serve.Testing;

namespace Serve.Tests.Core.Telemetry;

/// <summary>The page of metrics as text: names, escapes, and the families of several processes put together.</summary>
public sealed class ExpositionFormatTests
{
    [Theory]
    [InlineData("serve.http_request_latency", "s", nameof(MetricKind.Histogram), "serve_http_request_latency_seconds", "seconds")]
    [InlineData("serve.num_http_requests", "{request}", nameof(MetricKind.Counter), "serve_num_http_requests", "")]
    [InlineData("tokens_total", "", nameof(MetricKind.Counter), "tokens", "")]
    [InlineData("cache.size", "By", nameof(MetricKind.Gauge), "cache_size_bytes", "bytes")]
    [InlineData("cache.bytes", "By", nameof(MetricKind.Gauge), "cache_bytes", "bytes")]
    [InlineData("hits", "1", nameof(MetricKind.Gauge), "hits_ratio", "ratio")]
    [InlineData("dotnet.timer.count", "{timer}", nameof(MetricKind.Gauge), "dotnet_timer_number", "")]
    [InlineData("speed", "m/s", nameof(MetricKind.Gauge), "speed_m_per_s", "m_per_s")]
    [InlineData("2nd-try latency", null, nameof(MetricKind.Gauge), "_2nd_try_latency", "")]
    [InlineData("größe", null, nameof(MetricKind.Gauge), "gr_e", "")]
    public void Name_OfAnInstrument_IsPrometheus(string instrument, string? unit, string kind, string name, string suffix) =>
        PrometheusNames.Of(instrument, unit, Enum.Parse<MetricKind>(kind)).ShouldBe((name, suffix));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_OddLabelsAndHelp_IsAValidPage(bool isOpenMetrics)
    {
        var samples = new SampleWriter();
        samples.UseLabels([new("path", "C:\\new \"x\"\nline"), new("my-label", 1.5), new("my_label", "second"), new("0", null)]);
        samples.Write("odd", PrometheusNames.CounterSuffix, 3);
        samples.UseLabels([]);
        samples.Write("odd", PrometheusNames.CounterSuffix, double.PositiveInfinity);
        var page = ExpositionFormat.Write([new MetricFamily("odd", MetricKind.Counter, "", "a \\ help\nof \"two\" lines", samples.ToString())], isOpenMetrics);
        ExpositionCheck.WhatIsWrong(page, isOpenMetrics).ShouldBeEmpty();
        page.ShouldContain("""odd_total{path="C:\\new \"x\"\nline",my_label="1.5",_0=""} 3""");
        page.ShouldContain("odd_total +Inf");
    }

    [Fact]
    public void Write_Histogram_HasWholeBuckets()
    {
        var samples = new SampleWriter();
        samples.WriteBucket("h_seconds", 0.5, 1);
        samples.WriteBucket("h_seconds", 1, 2);
        samples.WriteBucket("h_seconds", double.PositiveInfinity, 3);
        samples.Write("h_seconds", "_sum", 4.25);
        samples.Write("h_seconds", "_count", 3);
        var page = ExpositionFormat.Write([new MetricFamily("h_seconds", MetricKind.Histogram, "seconds", "help", samples.ToString())], isOpenMetrics: true);
        ExpositionCheck.WhatIsWrong(page, isOpenMetrics: true).ShouldBeEmpty();
        page.ShouldContain("# UNIT h_seconds seconds\n");
        page.ShouldContain("""h_seconds_bucket{le="1.0"} 2""");
    }

    [Fact]
    public void Merge_FamiliesOfTwoWorkers_IsOneFamilyAndAForeignMeaningIsLeftOut()
    {
        MetricFamily[] families =
        [
            new("b", MetricKind.Gauge, "", "of one", "b{replica=\"1\"} 1\n"),
            new("a", MetricKind.Counter, "", "counts", "a_total 1\n"),
            new("b", MetricKind.Gauge, "", "of two", "b{replica=\"2\"} 2\n"),
            new("b", MetricKind.Counter, "", "something else", "b_total 3\n"),
        ];
        var merged = MetricFamily.Merge(families, out var dropped);
        dropped.ShouldBe(1);
        ExpositionFormat.Write(merged, isOpenMetrics: false).ShouldBe("""
            # HELP a_total counts
            # TYPE a_total counter
            a_total 1
            # HELP b of one
            # TYPE b gauge
            b{replica="1"} 1
            b{replica="2"} 2

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Fit_MoreThanTheBound_KeepsWhatHasRoom()
    {
        MetricFamily[] families = [new("a", MetricKind.Gauge, "", "", "a 1\n"), new("long", MetricKind.Gauge, "", "", new string('x', 100)), new("b", MetricKind.Gauge, "", "", "b 1\n")];
        MetricFamily.Fit(families, 20, out var dropped).Select(family => family.Name).ShouldBe(["a", "b"]);
        dropped.ShouldBe(1);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("text/plain", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4", true)]
    public void WantsOpenMetrics_ByTheAcceptHeader(string? accept, bool expected) => ExpositionFormat.WantsOpenMetrics(accept).ShouldBe(expected);
}
