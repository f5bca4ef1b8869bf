using Microsoft.AspNetCore.Http;
using Serve.Telemetry.Metrics;

namespace Serve.Telemetry;

/// <summary>The page of metrics of a program that serves by itself.</summary>
internal sealed class EmbeddedMetrics(MetricCollector collector)
{
    /// <summary>Its name among the program's own routes.</summary>
    public const string Name = "metrics";

    public Task WriteAsync(HttpContext context)
    {
        var isOpenMetrics = ExpositionFormat.WantsOpenMetrics(context.Request.Headers.Accept);
        context.Response.ContentType = isOpenMetrics ? ExpositionFormat.OpenMetricsType : ExpositionFormat.PrometheusType;
        return context.Response.WriteAsync(ExpositionFormat.Write(MetricFamily.Merge(collector.Collect(), out _), isOpenMetrics));
    }
}
