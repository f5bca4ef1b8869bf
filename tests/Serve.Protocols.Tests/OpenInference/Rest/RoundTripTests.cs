using System.Net;
using System.Text;
using System.Text.Json;

namespace Serve.Protocols.Tests.OpenInference.Rest;

/// <summary>Tensors of all types and shapes come back as the same bytes, whatever form they had on their way.</summary>
[Collection(nameof(RestCollection))]
public sealed class RoundTripTests : IAsyncLifetime
{
    private const int Rounds = 300;

    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Infer_RandomTensors_AreTheSameAsJsonAndAsBytes()
    {
        var random = new Random(7);
        for (var round = 0; round < Rounds; round++)
        {
            var type = (TensorDataType)random.Next(TensorDataTypes.AllNames.Count);
            var shape = Enumerable.Range(0, random.Next(5)).Select(_ => (long)random.Next(5)).ToArray();
            var bytes = RandomBytes(random, type, (int)shape.Aggregate(1L, (product, dimension) => product * dimension));
            var head = $$"""{"name":"x","shape":[{{string.Join(",", shape)}}],"datatype":"{{TensorDataTypes.NameOf(type)}}",""";
            var asBytes = $$$"""{"inputs":[{{{head}}}"parameters":{"binary_data_size":{{{bytes.Length}}}}}],"parameters":{"binary_data_output":true}}""";
            var same = await _host.InferBinaryAsync(asBytes, bytes);
            same.Status.ShouldBe(HttpStatusCode.OK, same.Text);
            same.Blobs.ShouldBe(bytes);
            if (type is TensorDataType.Float16 or TensorDataType.BFloat16)
                continue;

            var json = await _host.InferBinaryAsync(asBytes.Replace("true", "false", StringComparison.Ordinal), bytes);
            var data = JsonDocument.Parse(json.Body).RootElement.GetProperty("outputs")[0].GetProperty("data");
            var again = await _host.InferAsync($$$"""{"inputs":[{{{head}}}"data":{{{Nest(data, shape, random.Next(2) == 0)}}}}],"parameters":{"binary_data_output":true}}""");
            again.Status.ShouldBe(HttpStatusCode.OK, again.Text);
            again.Blobs.ShouldBe(bytes, json.Text);
        }
    }

    private static byte[] RandomBytes(Random random, TensorDataType type, int count)
    {
        if (type == TensorDataType.Bytes)
        {
            using var texts = TensorBuffer.CopyTexts([.. Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => char.ConvertFromUtf32(random.Next(0xD800)))))], count);
            return texts.Bytes.ToArray();
        }

        var bytes = new byte[count * TensorDataTypes.SizeOf(type)];
        random.NextBytes(bytes);
        if (type == TensorDataType.Bool)
            bytes = [.. bytes.Select(one => (byte)(one % 2))];
        // JSON knows one NaN only.
        for (var i = 0; type is TensorDataType.Float32 && i < count; i++)
        {
            if (float.IsNaN(BitConverter.ToSingle(bytes, i * 4)))
                BitConverter.GetBytes(float.NaN).CopyTo(bytes, i * 4);
        }

        for (var i = 0; type is TensorDataType.Float64 && i < count; i++)
        {
            if (double.IsNaN(BitConverter.ToDouble(bytes, i * 8)))
                BitConverter.GetBytes(double.NaN).CopyTo(bytes, i * 8);
        }

        return bytes;
    }

    /// <summary>The flat list as it is, or as lists of lists.</summary>
    private static string Nest(JsonElement data, long[] shape, bool isNested)
    {
        if (!isNested || shape.Length < 2)
            return data.GetRawText();
        var next = 0;
        var text = new StringBuilder();
        Append(0);
        return text.ToString();

        void Append(int dimension)
        {
            text.Append('[');
            for (var i = 0; i < shape[dimension]; i++)
            {
                text.Append(i == 0 ? "" : ",");
                if (dimension == shape.Length - 1)
                    text.Append(data[next++].GetRawText());
                else
                    Append(dimension + 1);
            }

            text.Append(']');
        }
    }
}
