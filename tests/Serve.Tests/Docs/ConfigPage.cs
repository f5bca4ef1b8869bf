using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>src/docs/config.md</c> from the keys that the specs declare.</summary>
internal static class ConfigPage
{
    private static readonly (string Title, Type Type)[] Parts =
    [
        ("The document", typeof(ServeConfig)),
        ("`http_options`", typeof(HttpOptions)),
        ("`grpc_options`", typeof(GrpcOptions)),
        ("`applications[]`", typeof(ApplicationSpec)),
        ("`runtime_env`", typeof(RuntimeEnv)),
        ("`deployments[]`", typeof(DeploymentOptions)),
        ("`ray_actor_options`", typeof(ResourceOptions)),
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

            Where a default differs from Ray Serve's, [decision 2](decisions/0002-defaults-that-differ-from-ray-serve.md) says why.

            """.ReplaceLineEndings("\n"));
        foreach (var (title, type) in Parts)
            WritePart(page, title, type);
        WriteUnsupported(page);
        return page.ToString();
    }

    private static void WritePart(StringBuilder page, string title, Type type)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| key | type | default | bounds | change | meaning |\n|---|---|---|---|---|---|\n");
        foreach (var key in ConfigKey.Of(type))
        {
            var value = key.Attribute.Required ? "required" : DefaultOf(type, key);
            page.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {TypeOf(key.ValueType)} | {value} | {BoundsOf(key.Attribute)} | {ChangeOf(key.Attribute.Update)} | {key.Attribute.Meaning} |\n");
        }
    }

    private static void WriteUnsupported(StringBuilder page)
    {
        page.Append("\n## Keys of Ray Serve that are refused\n\n| where | key | why |\n|---|---|---|\n");
        foreach (var (type, key, explanation) in UnsupportedKeys.All.OrderBy(entry => Array.FindIndex(Parts, part => part.Type == entry.Type)).ThenBy(entry => entry.Key, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {Parts.First(part => part.Type == type).Title} | `{key}` | {explanation} |\n");
    }

    private static string DefaultOf(Type type, ConfigKey key)
    {
        // Options of a deployment may be unset; their default is what the resolved deployment has.
        var value = type switch
        {
            _ when type == typeof(DeploymentOptions) => (object?)typeof(DeploymentSpec).GetProperty(key.Property.Name)!.GetValue(new DeploymentSpec { Name = "" }),
            _ when type == typeof(ResourceOptions) => typeof(ResourceSpec).GetProperty(key.Property.Name)!.GetValue(ResourceSpec.Default),
            _ => key.Property.GetValue(Activator.CreateInstance(type)),
        };
        return value switch
        {
            null => "null",
            string text => $"`{text}`",
            TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            JsonObject or IDictionary or LabelSelector => "empty",
            ResourceSpec or HttpOptions or GrpcOptions or RuntimeEnv => "see below",
            IEnumerable => "empty",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    private static string TypeOf(Type type) => type switch
    {
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
