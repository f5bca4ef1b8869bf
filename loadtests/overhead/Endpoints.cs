using System.Text.Json.Serialization;

namespace Overhead;

/// <summary>The endpoints that every contestant serves: a no-op, and an echo of JSON of about 1 KB.</summary>
internal static class Endpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/noop", () => "ok");
        endpoints.MapPost("/echo", (Message message) => message);
    }
}

internal sealed record Message(int Id, string Text, float[] Values);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageJson : JsonSerializerContext;
