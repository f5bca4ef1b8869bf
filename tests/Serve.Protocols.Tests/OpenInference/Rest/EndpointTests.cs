using System.Net;
using System.Text;
using System.Text.Json;
using Serve.OpenInference;

namespace Serve.Protocols.Tests.OpenInference.Rest;

[Collection(nameof(RestCollection))]
public sealed class EndpointTests : IAsyncLifetime
{
    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Server_Asked_TellsWhatItHonours()
    {
        (await _host.GetAsync("/v2")).ShouldBeOk(
            """{"name":"echo-server","version":"1.2","extensions":["binary_tensor_data","classification","model_configuration","model_repository","parameters","schedule_policy","statistics"]}""");
        _host.Server.HasControl = false;
        (await _host.GetAsync("/v2/")).ShouldBeOk(
            """{"name":"echo-server","version":"1.2","extensions":["binary_tensor_data","classification","model_configuration","parameters","schedule_policy","statistics"]}""");
        (await _host.PostAsync("/v2/repository/index", "")).ShouldFail(HttpStatusCode.NotFound, "model_repository");
    }

    [Fact]
    public async Task Health_ServerAndModels_HaveStatusAndBody()
    {
        (await _host.GetAsync("/v2/health/live")).ShouldBeOk("""{"live":true}""");
        (await _host.GetAsync("/v2/health/ready")).ShouldBeOk("""{"ready":true}""");
        _host.Server.IsReady = false;
        (await _host.GetAsync("/v2/health/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable, """{"ready":false}""");
        (await _host.GetAsync("/v2/models/echo/ready")).ShouldBeOk("""{"name":"echo","ready":true}""");
        (await _host.GetAsync("/v2/models/echo/versions/1/ready")).ShouldBeOk("""{"name":"echo","ready":true}""");
        (await _host.GetAsync("/v2/models/asleep/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable, """{"name":"asleep","ready":false}""");
        (await _host.GetAsync("/v2/models/none/ready")).ShouldFail(HttpStatusCode.NotFound, "'none'");
    }

    [Fact]
    public async Task Health_Strictly_IsTritons()
    {
        await using var strict = await RestHost.StartAsync(new OpenInferenceOptions { TritonStrict = true });
        (await strict.GetAsync("/v2/health/ready")).ShouldBeOk("");
        (await strict.GetAsync("/v2/models/echo/ready")).ShouldBeOk("");
        strict.Server.IsReady = false;
        (await strict.GetAsync("/v2/health/ready")).ShouldBe(HttpStatusCode.BadRequest, "");
        (await strict.GetAsync("/v2/models/asleep/ready")).ShouldFail(HttpStatusCode.BadRequest, "'asleep' is not ready");
        (await strict.GetAsync("/v2/models/none/ready")).ShouldFail(HttpStatusCode.BadRequest, "'none'");
        (await strict.PostAsync("/v2/repository/models/echo/load", "")).ShouldBeOk("");
    }

    [Fact]
    public async Task Models_Asked_TellWhatTheyAre()
    {
        (await _host.GetAsync("/v2/models")).ShouldBeOk("""{"models":["echo","one","bytes","two","text","asleep","labels"]}""");
        (await _host.GetAsync("/v2/models/one")).ShouldBeOk(
            """{"name":"one","versions":["1"],"platform":"test_echo","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}]}""");
        (await _host.GetAsync("/v2/models/one/versions/2")).ShouldFail(HttpStatusCode.NotFound, "'one' of version 2");
        (await _host.GetAsync("/v2/models/one/versions/1/config")).ShouldBeOk("""{"name":"one","max_batch_size":4}""");
    }

    [Fact]
    public async Task Statistics_OfOneAndAll_AreTritons()
    {
        const string Zero = """{"count":0,"ns":0}""";
        (await _host.GetAsync("/v2/models/one/stats")).ShouldBeOk(
            $$$"""{"model_stats":[{"name":"one","version":"1","last_inference":0,"inference_count":3,"execution_count":0,"inference_stats":{"success":{"count":2,"ns":5000},"fail":{{{Zero}}},"queue":{{{Zero}}},"compute_input":{{{Zero}}},"compute_infer":{{{Zero}}},"compute_output":{{{Zero}}},"cache_hit":{{{Zero}}},"cache_miss":{{{Zero}}}},"response_stats":{},"batch_stats":[{"batch_size":2,"compute_input":{"count":1,"ns":10},"compute_infer":{"count":1,"ns":20},"compute_output":{"count":1,"ns":30}}],"memory_usage":[{"type":"CPU","id":0,"byte_size":4096}]}]}""");
        JsonDocument.Parse((await _host.GetAsync("/v2/models/stats")).Body).RootElement.GetProperty("model_stats").GetArrayLength().ShouldBe(7);
    }

    [Fact]
    public async Task Repository_Asked_ListsLoadsAndUnloads()
    {
        (await _host.PostAsync("/v2/repository/index", "")).ShouldBeOk("""[{"name":"echo","version":"1","state":"READY"},{"name":"asleep","state":"UNAVAILABLE","reason":"unloaded"}]""");
        (await _host.PostAsync("/v2/repository/index", """{"ready":true}""")).ShouldBeOk("""[{"name":"echo","version":"1","state":"READY"}]""");
        (await _host.PostAsync("/v2/repository/models/echo/load", """{"parameters":{"config":"{}","file:1/model.onnx":"aGk="}}""")).ShouldBeOk("""{"name":"echo","load":true}""");
        _host.Server.LastLoad!.Config.ShouldBe("{}");
        Encoding.UTF8.GetString(_host.Server.LastLoad.Files["1/model.onnx"].Span).ShouldBe("hi");
        (await _host.PostAsync("/v2/repository/models/echo/unload", """{"parameters":{"unload_dependents":true}}""")).ShouldBeOk("""{"name":"echo","unload":true}""");
        (await _host.PostAsync("/v2/repository/models/unknown/load", "{}")).ShouldFail(HttpStatusCode.NotFound, "'unknown'");
    }

    [Theory]
    [InlineData("index")]
    [InlineData("models/echo/load")]
    [InlineData("models/echo/unload")]
    public async Task Repository_ByAName_IsRefusedSinceThereIsOne(string path) =>
        (await _host.PostAsync($"/v2/repository/main/{path}", "{}")).ShouldFail(HttpStatusCode.NotImplemented, "'main'", "one repository only");

    [Theory]
    [InlineData("""{"parameters":{"file:1/model.onnx":"aGk="}}""", "parameters.file:1/model.onnx", "config")]
    [InlineData("""{"parameters":{"config":"{}","file:1/model.onnx":"?"}}""", "parameters.file:1/model.onnx", "base64")]
    [InlineData("""{"parameters":{"config":5}}""", "parameters.config is 5")]
    [InlineData("""{"parameters":{"conf":"{}"}}""", "parameters.conf")]
    [InlineData("""{"parameters":{"config":"{}"},"parameters":{}}""", "parameters stands twice")]
    [InlineData("""[]""", "object")]
    public async Task Load_WrongParameters_NamesThem(string json, params string[] parts) =>
        (await _host.PostAsync("/v2/repository/models/echo/load", json)).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Fact]
    public async Task Path_ThatIsNotThere_IsToldInTheProtocolsForm()
    {
        (await _host.GetAsync("/v2/systemsharedmemory/status")).ShouldFail(HttpStatusCode.NotFound, "/v2/systemsharedmemory/status");
        (await _host.GetAsync("/v2/models/echo/else")).ShouldFail(HttpStatusCode.NotFound);
        var wrong = await _host.GetAsync("/v2/models/echo/infer");
        wrong.ShouldFail(HttpStatusCode.MethodNotAllowed, "POST", "GET");
        wrong.Message.Content.Headers.Allow.ShouldBe(["POST"]);
        (await _host.PostAsync("/v2/health/ready", "")).ShouldFail(HttpStatusCode.MethodNotAllowed, "GET");
    }

    [Fact]
    public async Task Generate_ValuesAndLists_BecomeInputs()
    {
        (await _host.PostAsync("/v2/models/text/generate", """{"text_input":"A cat","id":"7","max_tokens":20,"parameters":{"counts":[1,2,3],"temperature":0.5}}""")).ShouldBeOk(
            """{"model_name":"text","model_version":"1","id":"7","text_input":"A cat","counts":[1,2,3]}""");
        _host.Server.Last!.Parameters.ShouldBe(new Dictionary<string, object> { ["max_tokens"] = 20L, ["temperature"] = 0.5 }, ignoreOrder: true);
        (await _host.PostAsync("/v2/models/text/generate", """{"counts":5}""")).ShouldBeOk("""{"model_name":"text","model_version":"1","counts":5}""");
        (await _host.PostAsync("/v2/models/text/generate", """{"counts":["a"]}""")).ShouldFail(HttpStatusCode.BadRequest, "counts[0] is \"a\"", "INT32");
        (await _host.PostAsync("/v2/models/text/generate", """{"text_input":{}}""")).ShouldFail(HttpStatusCode.BadRequest, "text_input[0] is an object");
        (await _host.PostAsync("/v2/models/two/generate", """{"a":[1,2]}""")).ShouldFail(HttpStatusCode.BadRequest, "'a'", "2 elements");
        (await _host.PostAsync("/v2/models/none/generate", "{}")).ShouldFail(HttpStatusCode.NotFound, "'none'");
    }

    [Theory]
    [InlineData("""{"counts":[1],"counts":[2]}""", "counts is an input that stands twice")]
    [InlineData("""{"counts":[1],"parameters":{"counts":[2]}}""", "parameters.counts is an input that stands twice")]
    [InlineData("""{"id":"1","id":"2"}""", "id stands twice")]
    [InlineData("""{"parameters":{},"parameters":{}}""", "parameters stands twice")]
    public async Task Generate_WhatStandsTwice_IsRefused(string json, params string[] parts) =>
        (await _host.PostAsync("/v2/models/text/generate", json)).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Fact]
    public async Task GenerateStream_OfAnOrdinaryModel_HasOneEvent()
    {
        var answer = await _host.PostAsync("/v2/models/text/generate_stream", """{"text_input":"A cat"}""");
        answer.ShouldBeOk("data: {\"model_name\":\"text\",\"model_version\":\"1\",\"text_input\":\"A cat\"}\n\n");
        answer.Message.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        (await _host.PostAsync("/v2/models/asleep/generate_stream", "{}")).ShouldFail(HttpStatusCode.ServiceUnavailable, "not loaded");
    }

    [Fact]
    public async Task Infer_Classification_GivesTheBestClassesOfEachRow()
    {
        const string Request = """{"inputs":[{"name":"scores","shape":[2,4],"datatype":"FP32","data":[0.1,0.7,0.2,0.7,"NaN",-1,1e-9,0]}],"outputs":[{"name":"scores","parameters":{"classification":COUNT}}]}""";
        (await _host.InferAsync(Request.Replace("COUNT", "3", StringComparison.Ordinal), "labels")).ShouldBeOk(
            """{"model_name":"labels","model_version":"1","outputs":[{"name":"scores","datatype":"BYTES","shape":[2,3],"data":["0.7:1:dog","0.7:3","0.2:2:cow","1E-09:2:cow","0:3","-1:1:dog"]}]}""");
        (await _host.InferAsync(Request.Replace("COUNT", "100", StringComparison.Ordinal), "labels")).Text.ShouldContain("\"shape\":[2,4]");
        (await _host.InferAsync(Request.Replace("COUNT", "0", StringComparison.Ordinal), "labels")).Text.ShouldContain("FP32");
        (await _host.InferAsync("""{"inputs":[{"name":"x","shape":[2000000000,0],"datatype":"FP32","data":[]}],"outputs":[{"name":"x","parameters":{"classification":1}}]}""")).Text.ShouldContain("\"shape\":[2000000000,0],\"data\":[]");
        (await _host.InferAsync("""{"inputs":[{"name":"x","shape":[1],"datatype":"BOOL","data":[true]}],"outputs":[{"name":"x","parameters":{"classification":1}}]}""")).ShouldFail(HttpStatusCode.BadRequest, "output 'x'", "BOOL");
    }
}
