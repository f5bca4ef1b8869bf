using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Serve.Server.Admin;

/// <summary>Reads the bodies of requests.</summary>
internal static class JsonBody
{
    /// <summary>Reads a JSON object. The server bounds its length, and JSON bounds its depth.</summary>
    /// <returns>The object, or why there is none.</returns>
    public static async Task<(JsonObject? Value, Refusal? Refusal)> ReadObjectAsync(HttpContext context)
    {
        try
        {
            // Parsed as a document first: that keeps a key which stands twice from being an exception later.
            using var json = await JsonDocument.ParseAsync(context.Request.Body, Options, context.RequestAborted);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? (JsonObject.Create(json.RootElement.Clone()), null)
                : (null, new Refusal(StatusCodes.Status400BadRequest, $"The body is {Describe(json.RootElement.ValueKind)}; send a JSON object."));
        }
        catch (JsonException exception)
        {
            return (null, new Refusal(StatusCodes.Status400BadRequest, $"The body can't be read as JSON: {exception.Message}"));
        }
    }

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
