using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serve.Specs.Parsing;

namespace Serve.Cli.Config;

/// <summary>
/// Writes JSON values as YAML that reads as the same JSON: mappings and lists in block style, texts plain where nothing else could be meant,
/// texts of several lines as a block, all other scalars as JSON writes them, which is YAML too.
/// </summary>
internal static partial class YamlText
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode value)
    {
        var text = new StringBuilder();
        foreach (var line in Lines(value))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    private static IEnumerable<string> Lines(JsonNode? value) => value switch
    {
        JsonObject { Count: > 0 } map => map.SelectMany(pair => Entry(pair.Key, pair.Value)),
        JsonArray { Count: > 0 } list => list.SelectMany(item => Lines(item).Select((line, index) => Indent(line, index == 0 ? "- " : "  "))),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => TextLines(scalar.GetValue<string>()),
        _ => [value?.ToJsonString() ?? "null"],
    };

    private static IEnumerable<string> Entry(string key, JsonNode? value)
    {
        var lines = Lines(value).ToList();
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
            return lines.Select(line => Indent(line, "  ")).Prepend($"{OneLine(key)}:");
        return lines.Skip(1).Prepend($"{OneLine(key)}: {lines[0]}");
    }

    private static IEnumerable<string> TextLines(string text) => Block().IsMatch(text)
        ? text.TrimEnd('\n').Split('\n').Select(line => Indent(line, "  ")).Prepend(text.EndsWith('\n') ? "|" : "|-")
        : [OneLine(text)];

    private static string OneLine(string text) => Plain().IsMatch(text) && CoreSchema.Resolve(Location.None, text).ScalarKind == ScalarKind.Text
        ? text
        : JsonSerializer.Serialize(text, Readable);

    private static string Indent(string line, string by) => line.Length == 0 ? line : by + line;

    /// <summary>Words of letters and digits, with marks between that mean nothing in YAML.</summary>
    [GeneratedRegex(@"^[\p{L}/_.][\p{L}\p{N}/_.+%@-]*( [\p{L}\p{N}/_.+%@-]+)*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();

    /// <summary>Printable lines, the first not empty and not indented, at most one line break at the end.</summary>
    [GeneratedRegex(@"^[\p{L}\p{N}\p{P}\p{S}][\p{L}\p{N}\p{P}\p{S} ]*(\n+[\p{L}\p{N}\p{P}\p{S} ]+)+\n?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
