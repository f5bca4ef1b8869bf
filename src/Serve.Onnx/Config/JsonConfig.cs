using System.Text;
using System.Text.Json;
using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Config;

/// <summary>
/// Reads a configuration that comes as JSON, as clients send it: protobuf's JSON mapping, with names as in the text format or in camel case, numbers of 64 bits and names of enums
/// as strings, and maps as objects:
/// <code>{ "maxBatchSize": 8, "parameters": { "execution_mode": { "string_value": "1" } } }</code>
/// </summary>
internal static class JsonConfig
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TextParser.MaxDepth };

    /// <summary>The fields that are maps.</summary>
    private static readonly string[] Maps = ["parameters", "inputs", "priority_queue_policy", "metric_tags", "cc_model_filenames"];

    public static bool IsJson(string text) => text.AsSpan().TrimStart() is ['{', ..];

    /// <exception cref="ProtoTextException">It is no JSON, or too long or too deep.</exception>
    public static TextMessage Parse(string json)
    {
        if (json.Length > TextParser.MaxLength)
            throw new ProtoTextException(default, $"the text has {json.Length} characters; {TextParser.MaxLength} are allowed.");
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return MessageOf(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new ProtoTextException(default, exception.Message);
        }
    }

    private static TextMessage MessageOf(JsonElement element)
    {
        var fields = new List<TextField>();
        foreach (var property in element.EnumerateObject())
        {
            var name = SnakeOf(property.Name);
            if (property.Value.ValueKind == JsonValueKind.Object && Maps.Contains(name, StringComparer.Ordinal))
                fields.AddRange(property.Value.EnumerateObject().Select(entry => new TextField(name, EntryOf(entry), IsInList: true, default)));
            else if (property.Value.ValueKind == JsonValueKind.Array)
                fields.AddRange(property.Value.EnumerateArray().Select(item => new TextField(name, ValueOf(item), IsInList: true, default)));
            else if (property.Value.ValueKind != JsonValueKind.Null)
                fields.Add(new TextField(name, ValueOf(property.Value), IsInList: false, default));
        }

        return new TextMessage(default, fields);
    }

    private static TextMessage EntryOf(JsonProperty entry) => new(default,
    [
        new TextField("key", TextOf(entry.Name), IsInList: false, default),
        new TextField("value", ValueOf(entry.Value), IsInList: false, default),
    ]);

    private static TextValue ValueOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => MessageOf(element),
        JsonValueKind.String => TextOf(element.GetString()!),
        JsonValueKind.Number => new TextNumber(default, element.GetRawText()),
        JsonValueKind.True => new TextWord(default, "true"),
        JsonValueKind.False => new TextWord(default, "false"),
        _ => throw new ProtoTextException(default, $"there is {element.ValueKind.ToString().ToLowerInvariant()} in a list, which is no value."),
    };

    private static JsonText TextOf(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary><c>maxBatchSize</c> is <c>max_batch_size</c>.</summary>
    private static string SnakeOf(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                snake.Append('_').Append(char.ToLowerInvariant(c));
            else
                snake.Append(c);
        }

        return snake.ToString();
    }
}

/// <summary>A string of JSON, which may also be the name of an enum or a number of 64 bits.</summary>
internal sealed class JsonText(byte[] bytes) : TextString(default, bytes);
