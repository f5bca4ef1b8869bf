using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>The fields of answers that are the same with and without bytes behind the JSON.</summary>
internal static class ResponseFields
{
    /// <summary>Begins an answer; what follows are its outputs.</summary>
    public static void WriteHead(Utf8JsonWriter json, string? id, InferenceResponse response)
    {
        json.WriteStartObject();
        json.WriteString("model_name"u8, response.Model);
        json.WriteString("model_version"u8, response.Version);
        if (id is not null)
            json.WriteString("id"u8, id);
        if (response.Parameters.Count > 0)
            WriteParameters(json, response.Parameters);
    }

    /// <summary>Begins an output; what follows is its data.</summary>
    public static void WriteOutput(Utf8JsonWriter json, InferenceOutput output)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, output.Name);
        json.WriteString("datatype"u8, TensorDataTypes.NameOf(output.Tensor.DataType));
        json.WriteStartArray("shape"u8);
        foreach (var dimension in output.Tensor.Shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
    }

    private static void WriteParameters(Utf8JsonWriter json, IReadOnlyDictionary<string, object> parameters)
    {
        json.WriteStartObject("parameters"u8);
        foreach (var (name, value) in parameters)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                case long number:
                    json.WriteNumberValue(number);
                    break;
                case ulong number:
                    json.WriteNumberValue(number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                default:
                    json.WriteStringValue(value.ToString());
                    break;
            }
        }

        json.WriteEndObject();
    }
}
