using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Serve.ClusterTests.Grpc;

namespace Serve.ClusterTests.Models;

/// <summary>Foreign clients of the Open Inference Protocol through the proxy: Node's and Python's gRPC, and curl.</summary>
public sealed class ModelClientTests(ModelClientFixture server) : IClassFixture<ModelClientFixture>
{
    private const string Infer = "v2/models/digits/infer";

    public static TheoryData<string, string> Scenarios() => new()
    {
        { "ready", "true true false" },
        { "raw", "10 1.0000" },
        { "wrongShape", "INVALID_ARGUMENT pixels" },
        { "unknownModel", "NOT_FOUND" },
        { "stream", "a b c" },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    [InlineData("typed", "10 1.0000")]
    [InlineData("metadata", "digits onnxruntime_onnx pixels FP32 -1,64 probabilities")]
    [InlineData("repository", "READY 1,4,9,16 UNAVAILABLE")]
    [InlineData("config", "4 TYPE_FP32 64")]
    [InlineData("statistics", "digits 1 true")]
    [InlineData("streamError", "OK pixels")]
    [InlineData("reflection", "20")]
    public async Task Node_Calls_SeesWhatIsExpected(string scenario, string expected) => (await server.SeenBy("node"))[scenario].ShouldBe(expected);

    [PythonGrpcTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Python_Calls_SeesWhatIsExpected(string scenario, string expected) => (await server.SeenBy("python"))[scenario].ShouldBe(expected);

    [CurlFact]
    public async Task Curl_SendsJson_GetsJson()
    {
        var data = string.Join(',', Enumerable.Range(0, 64).Select(static i => (i % 16).ToString(CultureInfo.InvariantCulture)));
        var answer = JsonNode.Parse(await CurlAsync("-H", "Content-Type: application/json", "-d", $$"""{"id":"7","inputs":[{"name":"pixels","shape":[1,64],"datatype":"FP32","data":[{{data}}]}]}""", Url(Infer)))!;
        answer["id"]!.GetValue<string>().ShouldBe("7");
        answer["outputs"]![0]!["data"]!.AsArray().Sum(static score => score!.GetValue<double>()).ShouldBe(1, 1e-4);
    }

    [CurlFact]
    public async Task Curl_SendsCompressedBytes_GetsCompressedJson()
    {
        const string Head = """{"inputs":[{"name":"pixels","shape":[2,64],"datatype":"FP32","parameters":{"binary_data_size":512}}]}""";
        var path = Path.Combine(server.Folder, "request.gz");
        await using (var file = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            file.Write([.. Encoding.UTF8.GetBytes(Head), .. MemoryMarshal.AsBytes<float>(new float[128])]);

        var answer = JsonNode.Parse(await CurlAsync(
            "--compressed", "-H", "Content-Encoding: gzip", "-H", "Content-Type: application/octet-stream",
            "-H", $"Inference-Header-Content-Length: {Head.Length}", "--data-binary", $"@{path}", Url(Infer)))!;

        answer["outputs"]![0]!["shape"]!.ToJsonString().ShouldBe("[2,10]");
    }

    private static Task<string> CurlAsync(params string[] arguments) => ForeignProgram.RunAsync("curl", ["-sS", "--max-time", "30", .. arguments]);

    private string Url(string path) => new Uri(server.Address, path).ToString();
}
