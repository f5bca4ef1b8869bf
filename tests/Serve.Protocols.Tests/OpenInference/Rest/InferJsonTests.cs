using System.Net;

namespace Serve.Protocols.Tests.OpenInference.Rest;

[Collection(nameof(RestCollection))]
public sealed class InferJsonTests : IAsyncLifetime
{
    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Infer_FlatData_GivesAFlatAnswerWithTheId() =>
        (await _host.InferAsync("""{"id":"7","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2.5,-3e-2,4]}]}"""))
            .ShouldBeOk("""{"model_name":"echo","model_version":"1","id":"7","outputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1,2.5,-0.03,4]}]}""");

    [Theory]
    [InlineData("[[1,2],[3,4]]")]
    [InlineData("[1,2,3,4]")]
    [InlineData(" [ [ 1 , 2 ] , [ 3 , 4 ] ] ")]
    public async Task Infer_DataBeforeShapeAndType_IsRead(string data) =>
        (await _host.InferAsync($$"""{"inputs":[{"data":{{data}},"name":"x","datatype":"INT64","shape":[2,2]}]}"""))
            .ShouldBeOk("""{"model_name":"echo","model_version":"1","outputs":[{"name":"x","datatype":"INT64","shape":[2,2],"data":[1,2,3,4]}]}""");

    [Theory]
    [InlineData("BOOL", "[true,false]", null)]
    [InlineData("UINT8", "[0,255]", null)]
    [InlineData("UINT16", "[0,65535]", null)]
    [InlineData("UINT32", "[0,4294967295]", null)]
    [InlineData("UINT64", "[0,18446744073709551615]", null)]
    [InlineData("INT8", "[-128,127]", null)]
    [InlineData("INT16", "[-32768,32767]", null)]
    [InlineData("INT32", "[-2147483648,2147483647]", null)]
    [InlineData("INT64", "[-9223372036854775808,9223372036854775807]", null)]
    [InlineData("FP32", "[3.4028235E+38,1e-45]", "[3.4028235E+38,1E-45]")]
    [InlineData("FP64", "[1.7976931348623157E+308,5e-324]", "[1.7976931348623157E+308,5E-324]")]
    [InlineData("FP32", "[\"NaN\",\"-Infinity\"]", null)]
    [InlineData("FP64", "[\"Infinity\",\"-Infinity\"]", null)]
    [InlineData("BYTES", """["a \"quoted\" ä日",""]""", null)]
    [InlineData("BYTES", "[\"\\u00e4\\ud83d\\ude00\\n\",\"b\"]", "[\"ä\\uD83D\\uDE00\\n\",\"b\"]")]
    public async Task Infer_ExtremesOfEachType_ComeBack(string type, string data, string? expected) =>
        (await _host.InferAsync($$"""{"inputs":[{"name":"x","shape":[2],"datatype":"{{type}}","data":{{data}}}]}"""))
            .ShouldBeOk($$"""{"model_name":"echo","model_version":"1","outputs":[{"name":"x","datatype":"{{type}}","shape":[2],"data":{{expected ?? data}}}]}""");

    [Fact]
    public async Task Infer_EmptyAndScalarTensors_ComeBack() =>
        (await _host.InferAsync("""{"inputs":[{"name":"a","shape":[3,0],"datatype":"INT8","data":[[],[],[]]},{"name":"b","shape":[0,3],"datatype":"BYTES","data":[]},{"name":"c","shape":[],"datatype":"BOOL","data":[true]}]}"""))
            .ShouldBeOk("""{"model_name":"echo","model_version":"1","outputs":[{"name":"a","datatype":"INT8","shape":[3,0],"data":[]},{"name":"b","datatype":"BYTES","shape":[0,3],"data":[]},{"name":"c","datatype":"BOOL","shape":[],"data":[true]}]}""");

    [Fact]
    public async Task Infer_RequestedOutputs_ComeInTheirOrderAndNoOther()
    {
        var input = """{"name":"NAME","shape":[1],"datatype":"INT32","data":[1]}""";
        var inputs = string.Join(",", new[] { "a", "b", "c" }.Select(name => input.Replace("NAME", name, StringComparison.Ordinal)));
        (await _host.InferAsync($$"""{"outputs":[{"name":"c"},{"name":"a"}],"inputs":[{{inputs}}]}"""))
            .ShouldBeOk("""{"model_name":"echo","model_version":"1","outputs":[{"name":"c","datatype":"INT32","shape":[1],"data":[1]},{"name":"a","datatype":"INT32","shape":[1],"data":[1]}]}""");
    }

    [Fact]
    public async Task Infer_Parameters_ReachTheModelAsWhatTheyAre()
    {
        var input = """{"name":"x","shape":[0],"datatype":"FP32","data":[],"parameters":{"ragged":true}}""";
        await _host.PostAsync("/v2/models/echo/versions/1/infer", $$"""{"unknown":{"a":[1]},"id":null,"outputs":null,"parameters":{"text":"a","whole":-1,"large":18446744073709551615,"part":0.5,"flag":false,"nothing":null,"sequence_id":0},"inputs":[{{input}}]}""");
        var last = _host.Server.Last!;
        last.Version.ShouldBe("1");
        last.Parameters.ShouldBe(new Dictionary<string, object> { ["text"] = "a", ["whole"] = -1L, ["large"] = ulong.MaxValue, ["part"] = 0.5, ["flag"] = false, ["sequence_id"] = 0L }, ignoreOrder: true);
        last.Inputs[0].Parameters.ShouldBe(new Dictionary<string, object> { ["ragged"] = true });
    }

    [Fact]
    public async Task Infer_LargeAnswer_IsWhole()
    {
        var numbers = Enumerable.Range(0, 300_000).ToArray();
        _host.Server.OnInfer = (_, _) => Task.FromResult(new Serve.OpenInference.InferenceResponse
        {
            Model = "echo", Version = "1", Outputs = [new("x", TensorBuffer.Copy<int>(TensorDataType.Int32, numbers, numbers.Length)), new("t", TensorBuffer.CopyTexts([new string('ä', 100_000), "b"], 2))],
        });
        var answer = await _host.InferAsync("""{"inputs":[]}""");
        answer.Message.Headers.TransferEncodingChunked.ShouldBe(true);
        answer.ShouldBeOk($$"""{"model_name":"echo","model_version":"1","outputs":[{"name":"x","datatype":"INT32","shape":[300000],"data":[{{string.Join(",", numbers)}}]},{"name":"t","datatype":"BYTES","shape":[2],"data":["{{new string('ä', 100_000)}}","b"]}]}""");
    }

    [Fact]
    public async Task Infer_LargeRequest_IsRead()
    {
        var data = string.Join(",", Enumerable.Range(0, 400_000).Select(i => i % 256));
        (await _host.InferAsync($$"""{"inputs":[{"name":"x","shape":[400000],"datatype":"UINT8","data":[{{data}}]}]}""")).Text.ShouldEndWith($"[{data}]}}]}}");
    }

    [Fact]
    public async Task Infer_OutputThatIsNoJson_SaysHowToAskForIt()
    {
        _host.Server.OnInfer = (request, _) => Task.FromResult(new Serve.OpenInference.InferenceResponse
        {
            Model = "echo", Version = "1", Outputs = [request.Id == "half" ? new("x", TensorBuffer.Rent(TensorDataType.Float16, 1)) : new("x", TensorBuffer.Rent(TensorDataType.BFloat16, 1))],
        });
        (await _host.InferAsync("""{"id":"half","inputs":[]}""")).ShouldFail(HttpStatusCode.BadRequest, "output 'x'", "FP16", "binary_data");
        _host.Server.OnInfer = (_, _) =>
        {
            var bytes = TensorBuffer.RentBytes(5, 1);
            new byte[] { 1, 0, 0, 0, 0xFF }.CopyTo(bytes.Bytes);
            return Task.FromResult(new Serve.OpenInference.InferenceResponse { Model = "echo", Version = "1", Outputs = [new("x", bytes)] });
        };
        (await _host.InferAsync("""{"inputs":[]}""")).ShouldFail(HttpStatusCode.BadRequest, "output 'x'", "UTF-8", "binary_data");
    }
}
