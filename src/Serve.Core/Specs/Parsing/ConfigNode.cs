using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serve.Specs.Parsing;

/// <summary>Where in a document a node starts, counted from 1; <see cref="None"/> for documents without lines.</summary>
internal readonly record struct Location(int Line, int Column)
{
    public static readonly Location None;

    public bool IsKnown => Line > 0;
}

/// <summary>A parsed document, JSON or YAML, that remembers where each part stood.</summary>
internal abstract record ConfigNode(Location Location)
{
    /// <summary>What it is, in the words of an error message.</summary>
    public abstract string Kind { get; }

    /// <summary>The same value as free-form JSON.</summary>
    public abstract JsonNode? ToJson();

    public static ConfigNode FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new ConfigMap(
            Location.None,
            [.. element.EnumerateObject().Select(property => new ConfigEntry(property.Name, Location.None, FromJson(property.Value)))]),
        JsonValueKind.Array => new ConfigList(Location.None, [.. element.EnumerateArray().Select(FromJson)]),
        JsonValueKind.String => new ConfigScalar(Location.None, element.GetString()!, ScalarKind.Text),
        JsonValueKind.Number => new ConfigScalar(Location.None, element.GetRawText(), ScalarKind.Number),
        JsonValueKind.True or JsonValueKind.False => new ConfigScalar(Location.None, element.GetRawText(), ScalarKind.Boolean),
        _ => new ConfigScalar(Location.None, "null", ScalarKind.Null),
    };
}

internal sealed record ConfigEntry(string Key, Location KeyLocation, ConfigNode Value);

internal sealed record ConfigMap(Location Location, IReadOnlyList<ConfigEntry> Entries) : ConfigNode(Location)
{
    public override string Kind => "a mapping";

    public override JsonNode ToJson()
    {
        var result = new JsonObject();
        foreach (var entry in Entries)
            result[entry.Key] = entry.Value.ToJson();
        return result;
    }
}

internal sealed record ConfigList(Location Location, IReadOnlyList<ConfigNode> Items) : ConfigNode(Location)
{
    public override string Kind => "a list";

    public override JsonNode ToJson() => new JsonArray([.. Items.Select(item => item.ToJson())]);
}

internal enum ScalarKind
{
    Null,
    Boolean,
    Number,
    Text,
}

internal sealed record ConfigScalar(Location Location, string Text, ScalarKind ScalarKind) : ConfigNode(Location)
{
    public override string Kind => ScalarKind == ScalarKind.Text ? $"the text '{Text}'" : Text;

    public override JsonNode? ToJson() => ScalarKind switch
    {
        ScalarKind.Null => null,
        ScalarKind.Boolean => JsonValue.Create(bool.Parse(Text)),
        ScalarKind.Number when long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        ScalarKind.Number => JsonValue.Create(double.Parse(Text, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Text),
    };
}
