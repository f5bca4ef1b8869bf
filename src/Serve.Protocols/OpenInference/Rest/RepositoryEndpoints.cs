using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>The model repository extension: which models there are, and loading and unloading them.</summary>
internal static class RepositoryEndpoints
{
    public static async Task IndexAsync(RestCall rest)
    {
        var control = ControlOf(rest);
        CheckRepository(rest);
        var readyOnly = await ReadBodyAsync(rest, static (ref reader, _, _) => ReadReady(ref reader), whenEmpty: false);
        var models = await control.GetIndexAsync(readyOnly, rest.Aborted);
        JsonAnswer.Write(rest.Context, models, static (json, models) =>
        {
            json.WriteStartArray();
            foreach (var model in models)
                Write(json, model);
            json.WriteEndArray();
        });
    }

    public static async Task LoadAsync(RestCall rest)
    {
        var control = ControlOf(rest);
        var model = rest.Model;
        CheckRepository(rest);
        var parameters = await ReadBodyAsync(rest, static (ref reader, _, _) => ReadParameters(ref reader), whenEmpty: []);
        await control.LoadAsync(LoadParameters.Read(model, parameters), rest.Aborted);
        Answer(rest, model, "load");
    }

    /// <summary>No model depends on another, so that there is nothing more to do for <c>unload_dependents</c>, which clients send.</summary>
    public static async Task UnloadAsync(RestCall rest)
    {
        var control = ControlOf(rest);
        var model = rest.Model;
        CheckRepository(rest);
        await control.UnloadAsync(model, rest.Aborted);
        Answer(rest, model, "unload");
    }

    private static IModelControl ControlOf(RestCall rest) => rest.Server.Control
        ?? throw new ServeException(ServeError.NoRoute, $"The models of this server can't be listed, loaded or unloaded by clients: it has no model_repository among the extensions of GET /v2.");

    /// <summary>As over gRPC, and as Triton does: a client that names a repository means one of several.</summary>
    private static void CheckRepository(RestCall rest)
    {
        if (rest.Repository is { } repository)
            throw new BadHttpRequestException($"The path names the repository '{TensorRules.Shorten(repository)}', but there is one repository only; leave its name out: /v2/repository/….", StatusCodes.Status501NotImplemented);
    }

    private static async ValueTask<TResult> ReadBodyAsync<TResult>(RestCall rest, JsonRead<int, TResult> read, TResult whenEmpty)
    {
        using var body = RestBody.Open(rest.Context, rest.Options);
        var text = await body.ReadTextAsync(length: null);
        return text.IsEmpty ? whenEmpty : JsonFields.Read(text.Span, 0, read);
    }

    private static bool ReadReady(ref Utf8JsonReader reader)
    {
        var isReady = false;
        var once = default(OnceOnly);
        while (JsonFields.Next(ref reader))
        {
            if (!reader.ValueTextEquals("ready"u8))
            {
                reader.Skip();
                continue;
            }

            once.Check(0, "ready");
            isReady = JsonFields.ReadFlag(ref reader, "ready");
        }

        return isReady;
    }

    private static List<KeyValuePair<string, object>> ReadParameters(ref Utf8JsonReader reader)
    {
        Dictionary<string, object>? parameters = null;
        var once = default(OnceOnly);
        while (JsonFields.Next(ref reader))
        {
            if (!reader.ValueTextEquals("parameters"u8))
            {
                reader.Skip();
                continue;
            }

            once.Check(0, "parameters");
            for (var more = JsonFields.BeginsObject(ref reader, "parameters"); more && JsonFields.Next(ref reader);)
                JsonFields.AddParameter(ref reader, ParameterOwner.Request, ref parameters);
        }

        return [.. (parameters ?? []).Select(static pair => pair.Key.StartsWith(LoadParameters.FilePrefix, StringComparison.Ordinal) ? KeyValuePair.Create(pair.Key, Decode(pair.Key, pair.Value)) : pair)];
    }

    private static object Decode(string name, object value)
    {
        try
        {
            return value is string text
                ? (ReadOnlyMemory<byte>)Convert.FromBase64String(text)
                : throw TensorRules.Wrong($"parameters.{TensorRules.Shorten(name)} is {value}; it must be a string, the file in base64.");
        }
        catch (FormatException exception)
        {
            throw new ServeException(ServeError.BadRequest, $"parameters.{TensorRules.Shorten(name)} is not base64.", exception);
        }
    }

    private static void Write(Utf8JsonWriter json, ModelIndexLine model)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, model.Name);
        if (model.Version.Length > 0)
            json.WriteString("version"u8, model.Version);
        if (model.State.Length > 0)
            json.WriteString("state"u8, model.State);
        if (model.Reason.Length > 0)
            json.WriteString("reason"u8, model.Reason);
        json.WriteEndObject();
    }

    /// <summary>As KServe answers; Triton's clients look at the status only, and Triton itself sends nothing.</summary>
    private static void Answer(RestCall rest, string model, string what)
    {
        if (rest.Options.TritonStrict)
        {
            rest.Context.Response.ContentLength = 0;
            return;
        }

        JsonAnswer.Write(rest.Context, (model, what), static (json, state) =>
        {
            json.WriteStartObject();
            json.WriteString("name"u8, state.model);
            json.WriteBoolean(state.what, value: true);
            json.WriteEndObject();
        });
    }
}
