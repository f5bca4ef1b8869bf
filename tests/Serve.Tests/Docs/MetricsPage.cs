using System.Globalization;
using System.Text;
using Serve.Telemetry;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>src/docs/metrics.md</c> from the declared metrics, spans and switches.</summary>
internal static class MetricsPage
{
    private static readonly (string Title, string Meter)[] Parts =
    [
        ("The proxy", MeterNames.Proxy),
        ("Routers: the proxy's, and those behind handles", MeterNames.Routing),
        ("Replicas", MeterNames.Replica),
        ("Batches", MeterNames.Batching),
        ("Multiplexed models", MeterNames.Multiplexing),
        ("The node agent", MeterNames.Node),
        ("The controller", MeterNames.Controller),
        ("The page itself", MeterNames.Exposition),
    ];

    public static string Write()
    {
        var page = new StringBuilder("""
            # Metrics and traces

            Everything that a node measures stands on one page in Prometheus' text format (or OpenMetrics, for a scraper that asks for it): `/metrics` of the admin API, on loopback, and of
            the address that `--metrics-port` and `--metrics-host` open for scrapers of other machines. A node without an admin API (`--role node`) opens one in any case; its data folder's
            `node.json` says where. A program that serves by itself has the page at `/-/metrics`.

            The page has the server's own series and those of each worker on the node, asked for at that moment: with `application`, `deployment` and `replica`, whatever the program has
            measured with `System.Diagnostics.Metrics`, its own meters too. The series of a worker that is gone are gone. Durations are in seconds. A label never has a raw URL or anything else of which there is no
            end: an instrument has a bounded number of series, and what comes beyond is counted together under `otel_metric_overflow`.

            `SERVE_METRICS=off` in the environment of a server turns the metrics of it and its workers off. This page is written from the code by a test.

            """.ReplaceLineEndings("\n"));
        foreach (var (title, meter) in Parts)
            WritePart(page, title, meter);
        WriteSpans(page);
        return page.ToString();
    }

    private static void WritePart(StringBuilder page, string title, string meter)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\nMeter `{meter}`.\n\n| metric | kind | labels | meaning | in Ray Serve |\n|---|---|---|---|---|\n");
        foreach (var spec in ServeMetrics.All.Where(spec => spec.Meter == meter))
        {
            var name = PrometheusNames.Of(spec.Name, spec.Unit, spec.Kind).Name + (spec.Kind == MetricKind.Counter ? PrometheusNames.CounterSuffix : "");
            var labels = string.Join(", ", spec.Tags.Select(tag => $"`{tag}`"));
            page.Append(CultureInfo.InvariantCulture, $"| `{name}` | {spec.Kind.ToString().ToLowerInvariant()} | {labels} | {spec.Meaning} | {(spec.Ray is { } ray ? $"`{ray}`" : "")} |\n");
        }
    }

    private static void WriteSpans(StringBuilder page)
    {
        page.Append("""

            ## Traces

            The spans of a request, from the outside in; the source is called `Serve`. W3C's `traceparent` is taken from clients and goes on to replicas and through handles.

            | span | meaning |
            |---|---|

            """.ReplaceLineEndings("\n"));
        var comments = XmlComments.Of(typeof(SpanNames).Assembly);
        foreach (var field in typeof(SpanNames).GetFields())
            page.Append(CultureInfo.InvariantCulture, $"| `{field.GetRawConstantValue()}` | {comments[$"F:{typeof(SpanNames).FullName}.{field.Name}"]} |\n");
    }
}
