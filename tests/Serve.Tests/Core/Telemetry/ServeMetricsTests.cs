using System.Diagnostics.Metrics;
using System.Reflection;
using Serve.Telemetry;

namespace Serve.Tests.Core.Telemetry;

/// <summary>The declared metrics are consistent: what the page and the instruments rely on.</summary>
public sealed class ServeMetricsTests
{
    [Fact]
    public void All_EachDeclaredMetric_IsListedOnceUnderItsOwnName()
    {
        var declared = typeof(ServeMetrics).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(MetricSpec)).Select(property => (MetricSpec)property.GetValue(null)!).ToList();
        ServeMetrics.All.ShouldBe(declared, ignoreOrder: true);
        declared.Select(spec => PrometheusNames.Of(spec.Name, spec.Unit, spec.Kind).Name).ShouldBeUnique();
    }

    [Fact]
    public void All_Histograms_HaveGrowingBucketsAndNoOtherHasAny()
    {
        foreach (var spec in ServeMetrics.All)
        {
            (spec.Buckets.Count > 0).ShouldBe(spec.Kind == MetricKind.Histogram, spec.Name);
            spec.Buckets.SequenceEqual(spec.Buckets.Order()).ShouldBeTrue(spec.Name);
        }
    }

    [Fact]
    public void Create_OnAnotherMeterOrOfAnotherKind_IsRefused()
    {
        using var wrong = new Meter(MeterNames.Node);
        Should.Throw<InvalidOperationException>(() => ServeMetrics.HttpRequests.CreateCounter(wrong)).Message.ShouldContain("Serve.Proxy");
        using var right = new Meter(MeterNames.Proxy);
        Should.Throw<InvalidOperationException>(() => ServeMetrics.HttpRequests.CreateHistogram(right)).Message.ShouldContain("Counter");
    }
}
