using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Specs.Parsing;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>deployments/serve.schema.json</c> from the keys that the specs declare: JSON Schema, draft 2020-12, for editors.</summary>
internal static class ConfigSchema
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write()
    {
        var definitions = new JsonObject();
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A document for serve deploy and serve run",
        };
        foreach (var (name, value) in Record(typeof(ServeConfig), definitions).ToList())
            schema[name] = value?.DeepClone();
        schema["$defs"] = new JsonObject(definitions.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        return schema.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Record(Type type, JsonObject definitions)
    {
        var properties = new JsonObject();
        foreach (var key in ConfigKey.Of(type))
            properties[key.Name] = Property(type, key, definitions);
        foreach (var (_, key, explanation) in UnsupportedKeys.AllIgnored.Where(entry => entry.Type == type).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            properties[key] = new JsonObject { ["description"] = $"Ignored, with a warning: it {explanation}.", ["deprecated"] = true };
        var record = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        var required = ConfigKey.Of(type).Where(key => key.Attribute.Required).Select(key => (JsonNode?)key.Name).ToArray();
        if (required.Length > 0)
            record["required"] = new JsonArray(required);
        return record;
    }

    private static JsonObject Property(Type declaring, ConfigKey key, JsonObject definitions)
    {
        var rule = key.Attribute;
        var schema = new JsonObject { ["description"] = rule.Unit is { } unit ? $"{rule.Meaning} In {unit}." : rule.Meaning };
        foreach (var (name, value) in Value(key.ValueType, definitions).ToList())
            schema[name] = value?.DeepClone();
        if (double.IsFinite(rule.Minimum))
            schema[rule.ExclusiveMinimum ? "exclusiveMinimum" : "minimum"] = Number(rule.Minimum);
        if (double.IsFinite(rule.Maximum))
            schema["maximum"] = Number(rule.Maximum);
        if (rule.Deprecated is not null)
            schema["deprecated"] = true;
        if (ConfigBinder.IsNullable(key.Property))
            AllowNull(schema);
        var initial = ConfigDefaults.Of(declaring, key) is { } given and (string or bool or int or long or double or TimeSpan or Enum or JsonObject) ? ConfigWriter.WriteValue(given) : null;
        if (rule.OnlyDefault is not null)
            schema["const"] = initial?.DeepClone();
        if (!rule.Required && initial is JsonValue)
            schema["default"] = initial;
        return schema;
    }

    private static void AllowNull(JsonObject schema)
    {
        if (schema["type"] is JsonValue type)
            schema["type"] = new JsonArray(type.DeepClone(), "null");
        else if (schema["type"] is JsonArray types)
            types.Add("null");
        else if (schema["$ref"] is { } reference)
            (schema["anyOf"], _) = (new JsonArray(new JsonObject { ["$ref"] = reference.DeepClone() }, new JsonObject { ["type"] = "null" }), schema.Remove("$ref"));
        if (schema["enum"] is JsonArray names)
            names.Add((JsonNode?)null);
    }

    private static JsonObject Value(Type type, JsonObject definitions) => type switch
    {
        _ when type == typeof(string) => new JsonObject { ["type"] = "string" },
        _ when type == typeof(bool) => new JsonObject { ["type"] = "boolean" },
        _ when type == typeof(int) || type == typeof(long) => new JsonObject { ["type"] = "integer" },
        _ when type == typeof(double) || type == typeof(TimeSpan) => new JsonObject { ["type"] = "number" },
        _ when type == typeof(ReplicaCount) => new JsonObject { ["type"] = new JsonArray("integer", "string"), ["pattern"] = $"^{ReplicaCount.AutoWord}$" },
        _ when type == typeof(LogSeverity) => new JsonObject { ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode?)name), .. Enum.GetValues<LogSeverity>().Select(value => (JsonNode?)(int)value)]) },
        _ when type.IsEnum => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode?)name)]) },
        _ when type == typeof(JsonNode) => [],
        _ when type == typeof(JsonObject) => new JsonObject { ["type"] = "object" },
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(type.GetGenericArguments()[1], definitions) },
        _ when type.IsGenericType => new JsonObject { ["type"] = "array", ["items"] = Value(type.GetGenericArguments()[0], definitions) },
        _ => Reference(type, definitions),
    };

    private static JsonObject Reference(Type type, JsonObject definitions)
    {
        if (!definitions.ContainsKey(type.Name))
        {
            definitions[type.Name] = null;
            definitions[type.Name] = Record(type, definitions);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{type.Name}" };
    }

    private static JsonValue Number(double number) => number == Math.Floor(number) ? JsonValue.Create((long)number) : JsonValue.Create(number);
}
