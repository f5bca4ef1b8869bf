using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>Whether the server and its models take requests: 200, or 503 where they don't. Strictly as Triton: 400 then, and nothing in the bodies, but an error where a model is not ready.</summary>
internal static class HealthEndpoints
{
    public static Task LiveAsync(RestCall rest) => AnswerAsync(rest, name: null, "live", isSo: true);

    public static async Task ReadyAsync(RestCall rest) => await AnswerAsync(rest, name: null, "ready", await rest.Server.IsReadyAsync(rest.Aborted));

    public static async Task ModelReadyAsync(RestCall rest)
    {
        var model = rest.Model;
        try
        {
            await AnswerAsync(rest, model, "ready", await rest.Server.IsModelReadyAsync(model, rest.Version, rest.Aborted));
        }
        catch (ServeException exception) when (rest.Options.TritonStrict)
        {
            await RestErrors.WriteAsync(rest.Context, StatusCodes.Status400BadRequest, exception.Message, retryAfterSeconds: null);
        }
    }

    private static Task AnswerAsync(RestCall rest, string? name, string field, bool isSo)
    {
        var response = rest.Context.Response;
        if (!isSo)
            response.StatusCode = rest.Options.TritonStrict ? StatusCodes.Status400BadRequest : StatusCodes.Status503ServiceUnavailable;
        if (rest.Options.TritonStrict)
        {
            if (!isSo && name is not null)
                return RestErrors.WriteAsync(rest.Context, response.StatusCode, $"The model '{TensorRules.Shorten(name)}' is not ready.", retryAfterSeconds: null);
            response.ContentLength = 0;
            return Task.CompletedTask;
        }

        JsonAnswer.Write(rest.Context, (name, field, isSo), static (json, state) =>
        {
            json.WriteStartObject();
            if (state.name is not null)
                json.WriteString("name"u8, state.name);
            json.WriteBoolean(state.field, state.isSo);
            json.WriteEndObject();
        });
        return Task.CompletedTask;
    }
}
