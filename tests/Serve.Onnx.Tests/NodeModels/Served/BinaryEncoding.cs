using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>REST with the binary extension: a JSON header, and behind it the bytes of the tensors in its order.</summary>
internal sealed class BinaryEncoding(HttpClient client) : ITensorEncoding
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    public string Name => "REST binary";

    public string? WhyNot(TensorDataType type) => null;

    public async Task<IReadOnlyList<NamedTensor>> InferAsync(string model, IReadOnlyList<NamedTensor> inputs)
    {
        var header = new JsonObject
        {
            ["parameters"] = new JsonObject { ["binary_data_output"] = true },
            ["inputs"] = new JsonArray([.. inputs.Select(input => new JsonObject
            {
                ["name"] = input.Name,
                ["datatype"] = TensorDataTypes.NameOf(input.Tensor.DataType),
                ["shape"] = new JsonArray([.. input.Tensor.Shape.ToArray().Select(dimension => (JsonNode)dimension)]),
                ["parameters"] = new JsonObject { ["binary_data_size"] = input.Tensor.ByteLength },
            })]),
        };
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var content = new ByteArrayContent([.. json, .. inputs.SelectMany(input => input.Tensor.Bytes.ToArray())]);
        content.Headers.ContentType = new("application/octet-stream");
        content.Headers.Add(HeaderLength, json.Length.ToString(CultureInfo.InvariantCulture));
        using var answer = await client.PostAsync($"v2/models/{model}/infer", content);
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (!answer.IsSuccessStatusCode)
            throw new ServedException($"{JsonNode.Parse(body)?["error"]}");
        return Read(body, int.Parse(answer.Content.Headers.Concat(answer.Headers).First(pair => pair.Key == HeaderLength).Value.First(), CultureInfo.InvariantCulture));
    }

    private static List<NamedTensor> Read(byte[] body, int headerLength)
    {
        var outputs = new List<NamedTensor>();
        var rest = body.AsSpan(headerLength);
        foreach (var output in JsonNode.Parse(body.AsSpan(0, headerLength))!["outputs"]!.AsArray())
        {
            var length = output!["parameters"]!["binary_data_size"]!.GetValue<int>();
            outputs.Add(new NamedTensor(output["name"]!.GetValue<string>(), RawTensor.Of(
                output["datatype"]!.GetValue<string>(), [.. output["shape"]!.AsArray().Select(dimension => dimension!.GetValue<long>())], rest[..length])));
            rest = rest[length..];
        }

        rest.Length.ShouldBe(0);
        return outputs;
    }
}
