using System.Text;

namespace Serve.Telemetry;

/// <summary>
/// Writes families as a page for a scraper: Prometheus' text format 0.0.4, or OpenMetrics 1.0 for those who ask for it.
/// <code>
/// # HELP serve_num_http_requests_total HTTP requests that the proxy has answered.
/// # TYPE serve_num_http_requests_total counter
/// serve_num_http_requests_total{application="digits",route="/digits",method="POST",status_code="200"} 42
/// </code>
/// </summary>
internal static class ExpositionFormat
{
    public const string PrometheusType = "text/plain; version=0.0.4; charset=utf-8";

    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Whether the scraper's Accept header asks for OpenMetrics.</summary>
    public static bool WantsOpenMetrics(string? accept) => accept?.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) == true;

    public static string Write(IEnumerable<MetricFamily> families, bool isOpenMetrics)
    {
        var page = new StringBuilder(16 * 1024);
        foreach (var family in families)
        {
            // OpenMetrics names the family; the old format names what the samples are called.
            var name = family.Kind == MetricKind.Counter && !isOpenMetrics ? family.Name + PrometheusNames.CounterSuffix : family.Name;
            page.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(family.Help, isOpenMetrics)).Append('\n');
            page.Append("# TYPE ").Append(name).Append(' ').Append(TypeOf(family.Kind)).Append('\n');
            if (isOpenMetrics && family.Unit.Length > 0)
                page.Append("# UNIT ").Append(name).Append(' ').Append(family.Unit).Append('\n');
            page.Append(family.Samples);
        }

        return isOpenMetrics ? page.Append("# EOF\n").ToString() : page.ToString();
    }

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static string EscapeHelp(string help, bool isOpenMetrics)
    {
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isOpenMetrics ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
