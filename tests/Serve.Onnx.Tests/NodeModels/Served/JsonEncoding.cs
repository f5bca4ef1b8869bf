using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>REST with the elements as JSON values, row by row in one list.</summary>
internal sealed class JsonEncoding(HttpClient client) : ITensorEncoding
{
    public string Name => "REST JSON";

    public string? WhyNot(TensorDataType type) => type is TensorDataType.Float16 or TensorDataType.BFloat16 ? $"{TensorDataTypes.NameOf(type)} goes as bytes only" : null;

    public async Task<IReadOnlyList<NamedTensor>> InferAsync(string model, IReadOnlyList<NamedTensor> inputs)
    {
        var request = new JsonObject
        {
            ["inputs"] = new JsonArray([.. inputs.Select(input => new JsonObject
            {
                ["name"] = input.Name,
                ["datatype"] = TensorDataTypes.NameOf(input.Tensor.DataType),
                ["shape"] = new JsonArray([.. input.Tensor.Shape.ToArray().Select(dimension => (JsonNode)dimension)]),
                ["data"] = new JsonArray([.. Write(input.Tensor)]),
            })]),
        };
        using var answer = await client.PostAsJsonAsync($"v2/models/{model}/infer", request);
        var body = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        if (!answer.IsSuccessStatusCode)
            throw new ServedException($"{body["error"]}");
        return [.. body["outputs"]!.AsArray().Select(output => new NamedTensor(output!["name"]!.GetValue<string>(), Read(output)))];
    }

    private static IEnumerable<JsonNode?> Write(TensorBuffer tensor) => tensor.DataType switch
    {
        TensorDataType.Bool => tensor.Bytes.ToArray().Select(value => (JsonNode)(value != 0)),
        TensorDataType.UInt8 => RawTensor.Numbers<byte>(tensor).Select(value => (JsonNode)value),
        TensorDataType.UInt16 => RawTensor.Numbers<ushort>(tensor).Select(value => (JsonNode)value),
        TensorDataType.UInt32 => RawTensor.Numbers<uint>(tensor).Select(value => (JsonNode)value),
        TensorDataType.UInt64 => RawTensor.Numbers<ulong>(tensor).Select(value => (JsonNode)value),
        TensorDataType.Int8 => RawTensor.Numbers<sbyte>(tensor).Select(value => (JsonNode)value),
        TensorDataType.Int16 => RawTensor.Numbers<short>(tensor).Select(value => (JsonNode)value),
        TensorDataType.Int32 => RawTensor.Numbers<int>(tensor).Select(value => (JsonNode)value),
        TensorDataType.Int64 => RawTensor.Numbers<long>(tensor).Select(value => (JsonNode)value),
        TensorDataType.Float32 => RawTensor.Numbers<float>(tensor).Select(value => float.IsFinite(value) ? (JsonNode)value : NameOf(value)),
        TensorDataType.Float64 => RawTensor.Numbers<double>(tensor).Select(value => double.IsFinite(value) ? (JsonNode)value : NameOf(value)),
        TensorDataType.Bytes => tensor.ReadTexts().Select(text => (JsonNode)text),
        _ => throw new ArgumentOutOfRangeException(nameof(tensor), tensor, "has no form in JSON"),
    };

    private static TensorBuffer Read(JsonNode output)
    {
        TensorDataTypes.TryParse(output["datatype"]!.GetValue<string>(), out var type).ShouldBeTrue();
        long[] shape = [.. output["shape"]!.AsArray().Select(dimension => dimension!.GetValue<long>())];
        var data = output["data"]!.AsArray();
        return type switch
        {
            TensorDataType.Bool => TensorBuffer.Copy<bool>(type, [.. data.Select(value => value!.GetValue<bool>())], shape),
            TensorDataType.UInt8 => Of<byte>(),
            TensorDataType.UInt16 => Of<ushort>(),
            TensorDataType.UInt32 => Of<uint>(),
            TensorDataType.UInt64 => Of<ulong>(),
            TensorDataType.Int8 => Of<sbyte>(),
            TensorDataType.Int16 => Of<short>(),
            TensorDataType.Int32 => Of<int>(),
            TensorDataType.Int64 => Of<long>(),
            TensorDataType.Float32 => TensorBuffer.Copy<float>(type, [.. data.Select(value => (float)NumberOf(value!))], shape),
            TensorDataType.Float64 => TensorBuffer.Copy<double>(type, [.. data.Select(value => NumberOf(value!))], shape),
            TensorDataType.Bytes => TensorBuffer.CopyTexts([.. data.Select(value => value!.GetValue<string>())], shape),
            _ => throw new ServedException($"the output is {type}, which has no form in JSON"),
        };

        TensorBuffer Of<T>()
            where T : unmanaged => TensorBuffer.Copy<T>(type, [.. data.Select(value => value!.GetValue<T>())], shape);
    }

    /// <summary>JSON has no number that is none; the protocol's text doesn't say what to do, so it is what protobuf does in JSON.</summary>
    private static string NameOf(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static double NumberOf(JsonNode value) => value.GetValueKind() != System.Text.Json.JsonValueKind.String ? value.GetValue<double>() : value.GetValue<string>() switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.NaN,
    };
}
