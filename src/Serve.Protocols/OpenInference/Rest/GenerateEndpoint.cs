
namespace Serve.OpenInference.Rest;

/// <summary>
/// The generate extension: requests and answers of models of text, written as a person would. A model answers once here, so that the stream of server-sent events has one event;
/// what fails before it is an error as anywhere.
/// </summary>
internal static class GenerateEndpoint
{
    public static Task InvokeAsync(RestCall rest) => RunAsync(rest, isStream: false);

    public static Task StreamAsync(RestCall rest) => RunAsync(rest, isStream: true);

    private static async Task RunAsync(RestCall rest, bool isStream)
    {
        var (model, version) = (rest.Model, rest.Version);
        var description = await rest.Server.DescribeAsync(model, version, rest.Aborted);
        using var call = await ReadAsync(rest, description);
        using var response = await RunAsync(rest, call, model, version);
        foreach (var output in response.Outputs)
            JsonElements.Check(output.Name, output.Tensor);
        var http = rest.Context.Response;
        http.ContentType = isStream ? "text/event-stream; charset=utf-8" : JsonAnswer.ContentType;
        if (isStream)
        {
            http.Headers.CacheControl = "no-cache";
            await http.BodyWriter.WriteAsync("data: "u8.ToArray(), rest.Aborted);
        }

        using (var output = new JsonOutput(http.BodyWriter, rest.Aborted))
        {
            await WriteAsync(output, call.Id, response);
            output.Finish();
            if (!isStream && !output.HasSent)
                http.ContentLength = output.Written;
        }

        if (isStream)
            await http.BodyWriter.WriteAsync("\n\n"u8.ToArray(), rest.Aborted);
    }

    private static async Task<InferCall> ReadAsync(RestCall rest, ModelDescription description)
    {
        using var body = RestBody.Open(rest.Context, rest.Options);
        var text = await body.ReadTextAsync(length: null);
        return GenerateReader.Read(text.Span, description);
    }

    private static async Task<InferenceResponse> RunAsync(RestCall rest, InferCall call, string model, string? version)
    {
        using var request = call.ToRequest(model, version);
        return await InferenceRun.RunAsync(rest.Server, request, rest.Aborted);
    }

    private static async ValueTask WriteAsync(JsonOutput output, string? id, InferenceResponse response)
    {
        ResponseFields.WriteHead(output.Json, id, response);
        foreach (var tensor in response.Outputs)
        {
            output.Json.WritePropertyName(tensor.Name);
            await output.WriteElementsAsync(tensor.Tensor, isList: tensor.Tensor.ElementCount != 1);
        }

        output.Json.WriteEndObject();
    }
}
