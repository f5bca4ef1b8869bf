using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Specs.Parsing;

namespace Serve.ModelServer.Args;

/// <summary>
/// Reads an object of the application's <c>args</c>, and writes down all that is wrong with it at once: unknown arguments, and values that can't be used, each with its name, its value
/// and what to write instead. A number or a switch may also stand there as a text, as in configurations that know nothing else.
/// </summary>
internal sealed class ArgsReader(JsonObject values, string path, List<string> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A text, or null where none is given.</summary>
    public string? Text(string name)
    {
        var value = Take(name);
        if (value is null)
            return null;
        if (value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text)
            return text;
        Wrong(name, "it must be a text");
        return null;
    }

    /// <summary>A switch, or null where none is given.</summary>
    public bool? Switch(string name)
    {
        var value = Take(name);
        if (value is null)
            return null;
        if (value.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
            return value.GetValue<bool>();
        if (value.GetValueKind() == JsonValueKind.String && bool.TryParse(value.GetValue<string>(), out var isOn))
            return isOn;
        Wrong(name, "it must be true or false");
        return null;
    }

    /// <summary>A number, or null where none is given.</summary>
    public double? Number(string name, double least, double most)
    {
        var value = Take(name);
        if (value is null)
            return null;
        if (value.GetValueKind() is JsonValueKind.Number or JsonValueKind.String
            && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Wrong(name, string.Create(CultureInfo.InvariantCulture, $"it must be a number from {least} to {most}"));
        return null;
    }

    /// <summary>A whole number, or null where none is given.</summary>
    public int? Count(string name, int least, int most)
    {
        if (Number(name, least, most) is not { } number)
            return null;
        if (number == Math.Floor(number))
            return (int)number;
        Wrong(name, "it must be a whole number");
        return null;
    }

    /// <summary>One of some words, or null where none is given.</summary>
    public string? Choice(string name, params string[] choices)
    {
        if (Text(name) is not { } word)
            return null;
        if (choices.Contains(word, StringComparer.Ordinal))
            return word;
        Wrong(name, $"it must be one of {string.Join(", ", choices)}");
        return null;
    }

    /// <summary>An object as it stands there, or null where none is given.</summary>
    public JsonObject? Object(string name)
    {
        var value = Take(name);
        if (value is JsonObject node)
            return node;
        if (value is not null)
            Wrong(name, "it must be a map of names and values");
        return null;
    }

    /// <summary>The objects of a map, by their names; none where it is not given.</summary>
    public IEnumerable<(string Name, ArgsReader Reader)> Map(string name)
    {
        foreach (var (key, value) in Object(name) ?? [])
        {
            if (value is JsonObject node)
                yield return (key, new ArgsReader(node, $"{path}{name}.{key}.", problems));
            else
                problems.Add($"{path}{name}.{key} is {Show(value)}; it must be a map, with a path at least: {key}: {{ path: {key}.onnx }}.");
        }
    }

    /// <summary>Says that a value can't be used.</summary>
    public void Wrong(string name, string rule) => problems.Add(values[name] is { } value ? $"{path}{name} is {Show(value)}; {rule}." : $"{path}{name} is missing; {rule}.");

    /// <summary>Says what nobody has asked for.</summary>
    public void Finish()
    {
        foreach (var (name, value) in values.Where(pair => !_known.Contains(pair.Key)))
        {
            var hint = NearestKey.Of(name, _known) is { } nearest ? $"did you mean '{nearest}'?" : $"there are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.";
            problems.Add($"{path}{name} is {Show(value)}, but there is no such argument; {hint}");
        }
    }

    private static string Show(JsonNode? value)
    {
        const int Most = 80;
        var text = value is null ? "null" : value.GetValueKind() == JsonValueKind.String ? $"'{value}'" : value.ToJsonString();
        return text.Length <= Most ? text : text[..Most] + "…";
    }

    private JsonNode? Take(string name)
    {
        _known.Add(name);
        return values[name];
    }
}
