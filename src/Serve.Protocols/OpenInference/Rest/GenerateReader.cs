using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>
/// Reads a request to generate: <c>{ "text_input": "A cat", "id": "7", "max_tokens": 20, "parameters": { "temperature": 0.5 } }</c>. What has the name of an input of the model becomes that
/// input, a value by itself or a list of them, and its shape follows from the model's; everything else is a parameter.
/// </summary>
internal static class GenerateReader
{
    public static InferCall Read(ReadOnlySpan<byte> json, ModelDescription model) => JsonFields.Read(json, model, static (ref reader, json, model) =>
    {
        var call = new InferCall();
        var once = default(OnceOnly);
        try
        {
            while (JsonFields.Next(ref reader))
            {
                if (reader.ValueTextEquals("id"u8))
                {
                    once.Check(0, "id");
                    call.Id = JsonFields.ReadText(ref reader, "id");
                }
                else if (reader.ValueTextEquals("parameters"u8))
                {
                    once.Check(1, "parameters");
                    ReadParameters(ref reader, model, call);
                }
                else
                {
                    ReadValue(ref reader, model, call, owner: "");
                }
            }

            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    });

    private static void ReadParameters(ref Utf8JsonReader reader, ModelDescription model, InferCall call)
    {
        for (var more = JsonFields.BeginsObject(ref reader, "parameters"); more && JsonFields.Next(ref reader);)
            ReadValue(ref reader, model, call, "parameters.");
    }

    private static void ReadValue(ref Utf8JsonReader reader, ModelDescription model, InferCall call, string owner)
    {
        foreach (var input in model.Inputs)
        {
            if (!reader.ValueTextEquals(input.Name))
                continue;
            // Before it is read: an input that stands twice would take memory as often as it stands.
            if (call.Inputs.Exists(one => one.Name == input.Name))
                throw TensorRules.Wrong($"{owner}{input.Name} is an input that stands twice; an input may stand once, by itself or in parameters.");
            reader.Read();
            call.Inputs.Add(new InferenceInput(input.Name, ReadInput(ref reader, input, new ElementField(Index: -1, owner + input.Name))));
            return;
        }

        var parameters = call.Parameters;
        JsonFields.AddParameter(ref reader, ParameterOwner.Request, ref parameters);
        call.Parameters = parameters;
    }

    private static TensorBuffer ReadInput(ref Utf8JsonReader reader, TensorDescription input, ElementField field)
    {
        var count = 1;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            count = 0;
            for (var elements = reader; elements.Read() && elements.TokenType != JsonTokenType.EndArray; count++)
                elements.Skip();
        }

        return DataReader.Read(ref reader, field, input.DataType, ImpliedShape.Of(input, count), count);
    }
}
