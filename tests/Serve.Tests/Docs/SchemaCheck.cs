using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Serve.Tests.Docs;

/// <summary>As much of JSON Schema as our schema uses. A keyword that it does not know is an error.</summary>
internal sealed class SchemaCheck(JsonObject schema)
{
    private static readonly HashSet<string> Comments = new(StringComparer.Ordinal) { "$schema", "$defs", "title", "description", "default", "deprecated" };

    /// <summary>What is wrong with a document, by place.</summary>
    public IReadOnlyList<string> Of(JsonNode? document) => [.. Check(document, schema, "")];

    private IEnumerable<string> Check(JsonNode? value, JsonObject rules, string path) =>
        rules.Where(rule => !Comments.Contains(rule.Key)).SelectMany(rule => Check(value, rule.Key, rule.Value!, rules, path));

    private IEnumerable<string> Check(JsonNode? value, string keyword, JsonNode rule, JsonObject rules, string path) => keyword switch
    {
        "$ref" => Check(value, schema["$defs"]![rule.GetValue<string>().Split('/')[^1]]!.AsObject(), path),
        "anyOf" => rule.AsArray().Any(option => !Check(value, option!.AsObject(), path).Any()) ? [] : [$"{path}: none of the forms fits"],
        "type" => Unless((rule as JsonArray ?? [rule.DeepClone()]).Any(type => Is(value, type!.GetValue<string>())), $"{path}: is no {rule.ToJsonString()}"),
        "enum" => Unless(rule.AsArray().Any(option => JsonNode.DeepEquals(option, value)), $"{path}: is none of {rule.ToJsonString()}"),
        "const" => Unless(JsonNode.DeepEquals(rule, value), $"{path}: is not {rule.ToJsonString()}"),
        "pattern" => Unless(KindOf(value) != JsonValueKind.String || Regex.IsMatch(value!.GetValue<string>(), rule.GetValue<string>(), RegexOptions.None, TimeSpan.FromSeconds(1)), $"{path}: does not match {rule}"),
        "minimum" => Unless(KindOf(value) != JsonValueKind.Number || NumberOf(value) >= NumberOf(rule), $"{path}: is under {rule}"),
        "exclusiveMinimum" => Unless(KindOf(value) != JsonValueKind.Number || NumberOf(value) > NumberOf(rule), $"{path}: is not over {rule}"),
        "maximum" => Unless(KindOf(value) != JsonValueKind.Number || NumberOf(value) <= NumberOf(rule), $"{path}: is over {rule}"),
        "required" => value is JsonObject map ? rule.AsArray().Where(key => !map.ContainsKey(key!.GetValue<string>())).Select(key => $"{path}: lacks {key}") : [],
        "properties" => value is JsonObject map ? map.Where(pair => rule[pair.Key] is not null).SelectMany(pair => Check(pair.Value, rule[pair.Key]!.AsObject(), $"{path}.{pair.Key}")) : [],
        "additionalProperties" => value is JsonObject map ? map.Where(pair => rules["properties"]?[pair.Key] is null).SelectMany(pair => rule is JsonObject other ? Check(pair.Value, other, $"{path}.{pair.Key}") : [$"{path}.{pair.Key}: is unknown"]) : [],
        "items" => value is JsonArray list ? list.SelectMany((item, index) => Check(item, rule.AsObject(), $"{path}[{index}]")) : [],
        _ => throw new NotSupportedException($"The keyword '{keyword}' is not checked."),
    };

    private static IEnumerable<string> Unless(bool holds, string problem) => holds ? [] : [problem];

    private static bool Is(JsonNode? value, string type) => (type, KindOf(value)) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => NumberOf(value) == Math.Floor(NumberOf(value)),
        _ => false,
    };

    private static JsonValueKind KindOf(JsonNode? value) => value?.GetValueKind() ?? JsonValueKind.Null;

    private static double NumberOf(JsonNode? value) => value!.AsValue().TryGetValue<long>(out var whole) ? whole : value.GetValue<double>();
}
