using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Serve.Routing.Outliers;
using Serve.Routing.Retries;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Http;
using Serve.Specs.Logging;
using Serve.Specs.Observability;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;
using Serve.Specs.Routing;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>src/docs/config.md</c> from the keys that the specs declare.</summary>
internal static class ConfigPage
{
    private static readonly (string Title, Type Type)[] Parts =
    [
        ("The document", typeof(ServeConfig)),
        ("`http_options`", typeof(HttpOptions)),
        ("`http_options.cors`", typeof(CorsSpec)),
        ("`http_options.response_compression`", typeof(CompressionSpec)),
        ("`grpc_options`", typeof(GrpcOptions)),
        ("`applications[]`", typeof(ApplicationSpec)),
        ("`runtime_env`", typeof(RuntimeEnv)),
        ("`deployments[]`", typeof(DeploymentOptions)),
        ("`ray_actor_options`", typeof(ResourceOptions)),
        ("`autoscaling_config`", typeof(AutoscalingOptions)),
        ("`autoscaling_config.policy`", typeof(PolicyOptions)),
        ("`logging_config`", typeof(LoggingSpec)),
        ("`rate_limit`", typeof(RateLimitSpec)),
        ("`telemetry_config`", typeof(TelemetrySpec)),
        ("`request_router_config`", typeof(RequestRouterOptions)),
        ("`request_router_config.outlier_ejection`", typeof(OutlierRules)),
        ("`request_router_config.retries`", typeof(RetryRules)),
        ("`fallback_strategy[]`", typeof(FallbackOptions)),
    ];

    public static string Write()
    {
        var page = new StringBuilder();
        page.Append("""
            # Configuration

            The keys of a document for `serve deploy` and `serve run`: those of Ray Serve's config schema, with the same meanings. Durations are in seconds.
            A key that is not listed is an error, with line, column and the nearest known key. This page is written from the code by a test.

            A change of a key takes effect in one of three ways: **controller**: no replica notices; **in place**: the replicas take it up while
            they run, at a moment when no request does; **restart**: the deployment's replicas are replaced, new ones first.

            What differs from Ray Serve stands at the end of each part, with the reason; [decision 2](decisions/0002-defaults-that-differ-from-ray-serve.md) has the rule behind it.

            """.ReplaceLineEndings("\n"));
        foreach (var (title, type) in Parts)
            WritePart(page, title, type);
        WriteForeign(page, "Keys of Ray Serve that are refused", UnsupportedKeys.AllRefused);
        WriteForeign(page, "Keys of Ray Serve that are ignored, with a warning", UnsupportedKeys.AllIgnored);
        return page.ToString();
    }

    private static void WritePart(StringBuilder page, string title, Type type)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| key | type | default | bounds | change | meaning |\n|---|---|---|---|---|---|\n");
        foreach (var key in ConfigKey.Of(type))
        {
            var value = key.Attribute.Required ? "required" : DefaultOf(type, key);
            page.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {TypeOf(key)} | {value} | {BoundsOf(key.Attribute)} | {ChangeOf(key.Attribute.Update)} | {MeaningOf(key.Attribute)} |\n");
        }

        WriteDifferences(page, type);
    }

    private static void WriteDifferences(StringBuilder page, Type type)
    {
        var different = ConfigKey.Of(type).Where(key => key.Attribute.Differs is not null).ToList();
        if (different.Count == 0)
            return;
        page.Append("\n| differs from Ray Serve | default there | default here | because |\n|---|---|---|---|\n");
        foreach (var key in different)
            page.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {key.Attribute.RayDefault ?? "the same"} | {DefaultOf(type, key)} | {key.Attribute.Differs} |\n");
    }

    private static void WriteForeign(StringBuilder page, string title, IEnumerable<(Type Type, string Key, string Explanation)> keys)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| where | key | why |\n|---|---|---|\n");
        foreach (var (type, key, explanation) in keys.OrderBy(entry => Array.FindIndex(Parts, part => part.Type == entry.Type)).ThenBy(entry => entry.Key, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {Parts.First(part => part.Type == type).Title} | `{key}` | {explanation} |\n");
    }

    private static string MeaningOf(KeyAttribute key) => key switch
    {
        { OnlyDefault: not null } => $"{key.Meaning} Only the default is accepted.",
        { Deprecated: { } instead } => $"{key.Meaning} Deprecated: {instead}.",
        _ => key.Meaning,
    };

    private static string DefaultOf(Type type, ConfigKey key)
    {
        var value = ConfigDefaults.Of(type, key);
        return value switch
        {
            null => "null",
            "" => "empty",
            string text => $"`{text}`",
            bool flag => flag ? "true" : "false",
            TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            JsonObject or IDictionary or LabelSelector => "empty",
            ResourceSpec or HttpOptions or GrpcOptions or RuntimeEnv or PolicyOptions or RequestRouterOptions or OutlierRules or RetryRules => "see below",
            IEnumerable<string> texts => string.Join(", ", texts.Select(text => $"`{text}`")) is { Length: > 0 } list ? list : "empty",
            IEnumerable => "empty",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    private static string TypeOf(ConfigKey key) => key.Attribute.Unit is { } unit ? $"{TypeOf(key.ValueType)} ({unit})" : TypeOf(key.ValueType);

    private static string TypeOf(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(ReplicaCount) => $"whole number, or {ReplicaCount.AutoWord}",
        _ when type == typeof(string) => "text",
        _ when type == typeof(int) || type == typeof(long) => "whole number",
        _ when type == typeof(double) => "number",
        _ when type == typeof(TimeSpan) => "seconds",
        _ when type.IsEnum => string.Join(", ", Enum.GetNames(type)),
        _ when type == typeof(JsonNode) => "anything",
        _ when type == typeof(JsonObject) => "mapping",
        _ when type == typeof(IReadOnlyDictionary<string, string>) => "mapping of text",
        _ when type == typeof(IReadOnlyDictionary<string, double>) => "mapping of numbers",
        _ when type.IsGenericType => "list",
        _ => "mapping",
    };

    private static string BoundsOf(KeyAttribute rule)
    {
        var low = double.IsFinite(rule.Minimum) ? $"{(rule.ExclusiveMinimum ? ">" : "≥")} {rule.Minimum.ToString(CultureInfo.InvariantCulture)}" : "";
        var high = double.IsFinite(rule.Maximum) ? $"≤ {rule.Maximum.ToString(CultureInfo.InvariantCulture)}" : "";
        return string.Join(", ", new[] { low, high }.Where(part => part.Length > 0));
    }

    private static string ChangeOf(UpdateClass update) => update switch
    {
        UpdateClass.InPlace => "in place",
        UpdateClass.Restart => "restart",
        _ => "controller",
    };
}
