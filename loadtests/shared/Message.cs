using System.Text.Json.Serialization;

namespace Load;

/// <summary>A small record, as a request to a model has it.</summary>
internal sealed record Message(int Id, string Text, float[] Values)
{
    /// <summary>One with so many bytes of numbers.</summary>
    public static Message OfSize(int bytes) => new(42, "what the numbers are", [.. Enumerable.Range(0, bytes / sizeof(float)).Select(i => i / 7f)]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Measured))]
internal sealed partial class MessageJson : JsonSerializerContext;
