using Serve.Onnx.ProtoText;
using Serve.Specs.Parsing;

namespace Serve.Onnx.Config;

/// <summary>Reads the fields of one message by name and notes all that is wrong with them, each with its place.</summary>
internal sealed class MessageReader(TextMessage message, string path, List<string> errors)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Where the message begins.</summary>
    public TextPosition Position => message.Position;

    public bool Has(string name) => Fields(name).Any();

    /// <summary>The last of what is left to say: a field that nobody has asked for is unknown.</summary>
    public void Finish()
    {
        foreach (var field in message.Fields.Where(field => !_asked.Contains(field.Name)).DistinctBy(field => field.Name, StringComparer.Ordinal))
        {
            var nearest = NearestKey.Of(field.Name, _asked);
            Wrong(field.Position, field.Name, $"is unknown{(nearest is null ? "" : $"; did you mean '{nearest}'?")}");
        }
    }

    /// <summary>Says that a field is not supported, and what to do instead.</summary>
    public void Refuse(string name, string instead)
    {
        if (Fields(name).FirstOrDefault() is { } field)
            Wrong(field.Position, name, $"is not supported: {instead}");
    }

    /// <summary>Says that a field is supported only with the value that changes nothing.</summary>
    public void RefuseTrue(string name, string instead)
    {
        if (Bool(name))
            Wrong(Fields(name).First().Position, name, $"is not supported: {instead}");
    }

    public void Wrong(string name, string what) => Wrong(Fields(name).FirstOrDefault()?.Position ?? message.Position, name, what);

    public string Text(string name, string otherwise = "") => One(name) is { } field ? TextOf(field) : otherwise;

    public bool Bool(string name)
    {
        if (One(name) is not { } field)
            return false;
        switch (field.Value)
        {
            case TextWord { Word: "true" or "True" or "t" }:
            case TextNumber { Whole: { } one } when one == 1:
                return true;
            case TextWord { Word: "false" or "False" or "f" }:
            case TextNumber { Whole: { } zero } when zero == 0:
                return false;
            default:
                Wrong(field.Value.Position, name, $"is {field.Value.Kind}; it must be true or false");
                return false;
        }
    }

    public long Number(string name, long from, long to, long otherwise = 0) => One(name) is { } field ? NumberOf(field, from, to) : otherwise;

    public IReadOnlyList<long> Numbers(string name, long from, long to) => [.. Fields(name).Select(field => NumberOf(field, from, to))];

    public IReadOnlyList<string> Texts(string name) => [.. Fields(name).Select(TextOf)];

    /// <summary>A value of an enum, by its name or its number; null where the field is missing or is none of them.</summary>
    /// <param name="name">The field.</param>
    /// <param name="names">The names in the order of their numbers, from 0.</param>
    public string? Choice(string name, params ReadOnlySpan<string> names)
    {
        if (One(name) is not { } field)
            return null;
        if (field.Value is TextWord word && names.Contains(word.Word))
            return word.Word;
        if (field.Value is TextNumber { Whole: { } whole } && whole >= 0 && whole < names.Length)
            return names[(int)whole];
        Wrong(field.Value.Position, name, $"is {field.Value.Kind}; it must be one of {string.Join(", ", names.ToArray())}");
        return null;
    }

    public MessageReader? Message(string name) => One(name) is { } field ? MessageOf(field) : null;

    public IEnumerable<MessageReader> Messages(string name) => Fields(name).Select(MessageOf).OfType<MessageReader>();

    /// <summary>The entries of a map, which the text format writes as messages of a key and a value. A key that stands twice is an error.</summary>
    public IEnumerable<(string Key, MessageReader Entry)> Entries(string name)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in Messages(name))
        {
            var key = entry.One("key")?.Value switch
            {
                TextNumber number => number.Literal,
                TextString => entry.Text("key"),
                _ => "",
            };
            if (!keys.Add(key))
                entry.Wrong("key", $"'{key}' stands twice");
            yield return (key, entry);
        }
    }

    private IEnumerable<TextField> Fields(string name)
    {
        _asked.Add(name);
        return message.Fields.Where(field => field.Name == name);
    }

    private TextField? One(string name)
    {
        var fields = Fields(name).Take(2).ToArray();
        if (fields.Length == 2)
            Wrong(fields[1].Position, name, "stands twice");
        else if (fields is [{ IsInList: true }])
            Wrong(fields[0].Position, name, "is one value, not a list");
        return fields.FirstOrDefault();
    }

    private string TextOf(TextField field)
    {
        if (field.Value is TextString { Text: { } text })
            return text;
        Wrong(field.Value.Position, field.Name, field.Value is TextString ? "is not UTF-8" : $"is {field.Value.Kind}; it must be a string");
        return "";
    }

    private long NumberOf(TextField field, long from, long to)
    {
        if (field.Value is TextNumber { Whole: { } number } && number >= from && number <= to)
            return (long)number;
        Wrong(field.Value.Position, field.Name, $"is {field.Value.Kind}; it must be a whole number from {from} to {to}");
        return from;
    }

    private MessageReader? MessageOf(TextField field)
    {
        if (field.Value is TextMessage inner)
            return new MessageReader(inner, $"{path}{field.Name}.", errors);
        Wrong(field.Value.Position, field.Name, $"is {field.Value.Kind}; it must be a message in braces");
        return null;
    }

    private void Wrong(TextPosition position, string name, string what) => errors.Add($"{position}: '{path}{name}' {what}.");
}
