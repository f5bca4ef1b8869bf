namespace Serve.OpenInference.Rest;

/// <summary>Runs a model: reads the request, JSON with or without bytes behind it or nothing but bytes, and writes the outputs in the forms that the client wants.</summary>
internal static class InferEndpoint
{
    public static async Task InvokeAsync(RestCall rest)
    {
        var (model, version) = (rest.Model, rest.Version);
        using var call = await ReadAsync(rest, model, version);
        using var response = await RunAsync(rest, call, model, version);
        await (call.MayBeBinary && HasBinary(call, response)
            ? BinaryResponseWriter.WriteAsync(rest.Context, call, response)
            : JsonResponseWriter.WriteAsync(rest.Context, call, response));
    }

    /// <summary>Runs it, and gives the inputs' memory back before the outputs are sent.</summary>
    private static async Task<InferenceResponse> RunAsync(RestCall rest, InferCall call, string model, string? version)
    {
        using var request = call.ToRequest(model, version);
        return await InferenceRun.RunAsync(rest.Server, request, rest.Aborted);
    }

    private static async Task<InferCall> ReadAsync(RestCall rest, string model, string? version)
    {
        using var body = RestBody.Open(rest.Context, rest.Options);
        var headerLength = RestHeaders.ReadLength(rest.Context.Request, body.Length, rest.Options.MaxRequestBytes);
        if (headerLength == 0)
            return await RawRequest.ReadAsync(rest, body, model, version);
        var text = await body.ReadTextAsync(headerLength);
        var blobs = headerLength is { } length ? new BlobRoom((body.Length ?? rest.Options.MaxRequestBytes) - length) : null;
        var call = InferReader.Read(text.Span, blobs);
        try
        {
            body.ReleaseText();
            if (blobs is { Left: > 0 and var left } && body.Length is not null)
                throw TensorRules.Wrong($"The body has {left} bytes behind the JSON and the data of all inputs; parameters.binary_data_size of each input must say how many are its own.");
            foreach (var index in call.Blobs)
            {
                var tensor = call.Inputs[index].Tensor;
                await body.ReadDataAsync(tensor.Memory, index);
                TensorRules.CheckRaw(index, tensor, "The binary data");
            }

            await body.CheckEndAsync();
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private static bool HasBinary(InferCall call, InferenceResponse response)
    {
        foreach (var output in response.Outputs)
        {
            if (call.IsBinaryOutput(output.Name))
                return true;
        }

        // Without outputs the form of the request decides.
        return response.Outputs.Count == 0 && call.IsBinary;
    }
}
