using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Serve.Telemetry;

namespace Serve.Server.Telemetry;

/// <summary>Answers scrapers.</summary>
internal sealed class MetricsEndpoint(MetricsPage page)
{
    public const string Path = "/metrics";

    public async Task InvokeAsync(HttpContext context)
    {
        var isOpenMetrics = ExpositionFormat.WantsOpenMetrics(context.Request.Headers[HeaderNames.Accept]);
        var text = await page.WriteAsync(isOpenMetrics);
        context.Response.ContentType = isOpenMetrics ? ExpositionFormat.OpenMetricsType : ExpositionFormat.PrometheusType;
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
