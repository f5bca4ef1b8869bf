using System.Collections;
using System.Text.Json.Nodes;
using Serve.Specs.Autoscaling;

namespace Serve.Specs.Parsing;

/// <summary>The reverse of <see cref="ConfigBinder"/>: writes a record under its keys and leaves out what equals the default.</summary>
internal static class ConfigWriter
{
    public static JsonObject Write(object record)
    {
        var result = new JsonObject();
        var defaults = Activator.CreateInstance(record.GetType())!;
        foreach (var key in ConfigKey.Of(record.GetType()))
        {
            var value = key.Property.GetValue(record);
            var written = WriteValue(value);
            if (key.Attribute.Required || !JsonNode.DeepEquals(written, WriteValue(key.Property.GetValue(defaults))))
                result[key.Name] = written;
        }

        return result;
    }

    public static JsonNode? WriteValue(object? value) => value switch
    {
        null => null,
        JsonNode json => json.DeepClone(),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int whole => JsonValue.Create((long)whole),
        long whole => JsonValue.Create(whole),
        double real => WriteNumber(real),
        TimeSpan time => WriteNumber(time.TotalSeconds),
        ReplicaCount { Number: { } count } => JsonValue.Create((long)count),
        ReplicaCount count => JsonValue.Create(count.ToString()),
        Enum name => JsonValue.Create(name.ToString()),
        IReadOnlyDictionary<string, string> map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))),
        IReadOnlyDictionary<string, double> map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)WriteNumber(pair.Value)))),
        IEnumerable list => new JsonArray([.. list.Cast<object>().Select(WriteValue)]),
        _ => Write(value),
    };

    /// <summary>Whole numbers without a fraction, so that <c>10.0</c> reads as <c>10</c> again.</summary>
    private static JsonValue WriteNumber(double number) => number == Math.Floor(number) && Math.Abs(number) < 1e15
        ? JsonValue.Create((long)number)
        : JsonValue.Create(number);
}
