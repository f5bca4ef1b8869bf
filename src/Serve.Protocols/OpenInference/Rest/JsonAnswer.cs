using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>Writes answers that are small.</summary>
internal static class JsonAnswer
{
    public const string ContentType = "application/json";

    /// <summary>The answers are no part of a page, so letters stay letters. Their nesting is ours, and so known to be right.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes; the server sends it at the end of the request, with its length.</summary>
    public static void Write<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> write)
    {
        var response = context.Response;
        response.ContentType = ContentType;
        using var json = new Utf8JsonWriter(response.BodyWriter, WriterOptions);
        write(json, state);
        json.Flush();
        response.ContentLength = json.BytesCommitted;
    }
}
