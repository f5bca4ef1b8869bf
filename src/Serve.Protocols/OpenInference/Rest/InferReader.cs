using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>
/// Reads the JSON of a request to infer:
/// <code>{ "id": "7", "parameters": { "priority": 1 }, "inputs": [ { "name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2] } ], "outputs": [ { "name": "y" } ] }</code>
/// Fields that it doesn't know are skipped, as other servers do; known ones may stand once.
/// </summary>
internal static class InferReader
{
    /// <param name="json">The text.</param>
    /// <param name="blobs">The bytes that may follow it, or null where its header doesn't divide the body.</param>
    public static InferCall Read(ReadOnlySpan<byte> json, BlobRoom? blobs) => JsonFields.Read(json, blobs, static (ref reader, json, blobs) =>
    {
        var call = new InferCall();
        try
        {
            ReadRequest(ref reader, json, call, blobs);
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    });

    private static void ReadRequest(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, InferCall call, BlobRoom? blobs)
    {
        var once = default(OnceOnly);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("inputs"u8))
            {
                once.Check(0, "inputs");
                for (var more = JsonFields.BeginsList(ref reader, "inputs"); more && reader.Read() && reader.TokenType != JsonTokenType.EndArray;)
                    call.Inputs.Add(InputReader.Read(ref reader, json, call, blobs));
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                once.Check(1, "outputs");
                for (var more = JsonFields.BeginsList(ref reader, "outputs"); more && reader.Read() && reader.TokenType != JsonTokenType.EndArray;)
                    ReadOutput(ref reader, call);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                once.Check(2, "id");
                call.Id = JsonFields.ReadText(ref reader, "id");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                once.Check(3, "parameters");
                ReadParameters(ref reader, call);
            }
            else
            {
                reader.Skip();
            }
        }

        if (!once.HasSeen(0))
            throw TensorRules.Wrong("inputs is missing; it is the list of the model's inputs.");
    }

    private static void ReadParameters(ref Utf8JsonReader reader, InferCall call)
    {
        Dictionary<string, object>? parameters = null;
        for (var more = JsonFields.BeginsObject(ref reader, "parameters"); more && JsonFields.Next(ref reader);)
        {
            if (reader.ValueTextEquals("binary_data_output"u8))
                call.IsBinary = JsonFields.ReadFlag(ref reader, "parameters.binary_data_output");
            else
                JsonFields.AddParameter(ref reader, ParameterOwner.Request, ref parameters);
        }

        call.Parameters = parameters;
    }

    private static void ReadOutput(ref Utf8JsonReader reader, InferCall call)
    {
        var index = call.Outputs.Count;
        if (index == TensorRules.MaxTensors)
            throw TensorRules.Wrong($"outputs has more than {TensorRules.MaxTensors} outputs.");
        if (reader.TokenType != JsonTokenType.StartObject)
            throw TensorRules.Wrong($"outputs[{index}] is {JsonFields.Describe(ref reader)}; it must be an object.");
        string? name = null;
        bool? isBinary = null;
        Dictionary<string, object>? parameters = null;
        var once = default(OnceOnly);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                once.Check(0, "outputs", index, "name");
                name = JsonFields.ReadText(ref reader, "The name of an output");
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                once.Check(1, "outputs", index, "parameters");
                ReadOutputParameters(ref reader, index, ref isBinary, ref parameters);
            }
            else
            {
                reader.Skip();
            }
        }

        if (name is null)
            throw TensorRules.Wrong($"outputs[{index}].name is missing.");
        call.AddOutput(parameters is null ? new RequestedOutput(name) : new RequestedOutput(name) { Parameters = parameters }, isBinary);
    }

    private static void ReadOutputParameters(ref Utf8JsonReader reader, int index, ref bool? isBinary, ref Dictionary<string, object>? parameters)
    {
        for (var more = JsonFields.BeginsObject(ref reader, "parameters of an output"); more && JsonFields.Next(ref reader);)
        {
            if (reader.ValueTextEquals("binary_data"u8))
                isBinary = JsonFields.ReadFlag(ref reader, "binary_data of an output");
            else
                JsonFields.AddParameter(ref reader, new ParameterOwner("outputs", index), ref parameters);
        }
    }
}
