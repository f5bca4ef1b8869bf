using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>What there is: the server, its models, how each is served and what it has done.</summary>
internal static class MetadataEndpoints
{
    public static Task ServerAsync(RestCall rest)
    {
        JsonAnswer.Write(rest.Context, rest.Server, static (json, server) =>
        {
            json.WriteStartObject();
            json.WriteString("name"u8, server.Server.Name);
            json.WriteString("version"u8, server.Server.Version);
            WriteTexts(json, "extensions", ProtocolExtensions.Of(server));
            json.WriteEndObject();
        });
        return Task.CompletedTask;
    }

    /// <summary>The names of the models that take requests, as KServe lists them.</summary>
    public static async Task ModelsAsync(RestCall rest)
    {
        var models = await rest.Server.GetModelNamesAsync(rest.Aborted);
        JsonAnswer.Write(rest.Context, models, static (json, models) =>
        {
            json.WriteStartObject();
            WriteTexts(json, "models", models);
            json.WriteEndObject();
        });
    }

    public static async Task ModelAsync(RestCall rest)
    {
        var model = await rest.Server.DescribeAsync(rest.Model, rest.Version, rest.Aborted);
        JsonAnswer.Write(rest.Context, model, static (json, model) =>
        {
            json.WriteStartObject();
            json.WriteString("name"u8, model.Name);
            WriteTexts(json, "versions", model.Versions);
            json.WriteString("platform"u8, model.Platform);
            WriteTensors(json, "inputs", model.Inputs);
            WriteTensors(json, "outputs", model.Outputs);
            WriteProperties(json, model.Properties);
            json.WriteEndObject();
        });
    }

    public static async Task ConfigAsync(RestCall rest)
    {
        var config = await rest.Server.GetConfigAsync(rest.Model, rest.Version, rest.Aborted);
        JsonAnswer.Write(rest.Context, config, static (json, config) => config.WriteTo(json));
    }

    public static Task AllStatisticsAsync(RestCall rest) => StatisticsAsync(rest, model: null, version: null);

    public static Task StatisticsAsync(RestCall rest) => StatisticsAsync(rest, rest.Model, rest.Version);

    private static async Task StatisticsAsync(RestCall rest, string? model, string? version)
    {
        var statistics = await rest.Server.GetStatisticsAsync(model, version, rest.Aborted);
        JsonAnswer.Write(rest.Context, statistics, StatisticsJson.Write);
    }

    private static void WriteTensors(Utf8JsonWriter json, string name, IReadOnlyList<TensorDescription> tensors)
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tensor.Name);
            json.WriteString("datatype"u8, TensorDataTypes.NameOf(tensor.DataType));
            json.WriteStartArray("shape"u8);
            foreach (var dimension in tensor.Shape)
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteProperties(Utf8JsonWriter json, IReadOnlyDictionary<string, string> properties)
    {
        if (properties.Count == 0)
            return;
        json.WriteStartObject("properties"u8);
        foreach (var (name, value) in properties)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
