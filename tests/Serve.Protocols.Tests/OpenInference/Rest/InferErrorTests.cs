using System.Net;
using System.Text;

namespace Serve.Protocols.Tests.OpenInference.Rest;

[Collection(nameof(RestCollection))]
public sealed class InferErrorTests : IAsyncLifetime
{
    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "a list", "object")]
    [InlineData("{}", "inputs is missing")]
    [InlineData("""{"inputs":5}""", "inputs is 5", "list")]
    [InlineData("""{"inputs":[5]}""", "inputs[0] is 5", "object")]
    [InlineData("""{"inputs":[]} x""", "malformed", "x")]
    [InlineData("""{"inputs":[}""", "malformed")]
    [InlineData("""{"id":5,"inputs":[]}""", "id is 5", "string")]
    [InlineData("""{"id":"\ud800","inputs":[]}""", "text")]
    [InlineData("""{"inputs":[],"inputs":[]}""", "inputs stands twice")]
    [InlineData("""{"inputs":[],"parameters":{"a":{}}}""", "parameters.a is an object")]
    [InlineData("""{"inputs":[],"parameters":{"a":1,"a":1}}""", "parameters.a stands twice")]
    [InlineData("""{"inputs":[],"parameters":{"sequence_id":5}}""", "parameters.sequence_id is 5", "no sequences")]
    [InlineData("""{"inputs":[],"parameters":{"sequence_start":true}}""", "parameters.sequence_start")]
    [InlineData("""{"inputs":[],"outputs":[{}]}""", "outputs[0].name is missing")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"x"},{"name":"x"}]}""", "outputs[1].name is 'x'", "outputs[0]")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"y"}]}""", "no output 'y'")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"x","parameters":{"classification":-1}}]}""", "outputs[0].parameters.classification is -1")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"x","parameters":{"shared_memory_region":"r"}}]}""", "outputs[0].parameters.shared_memory_region")]
    public async Task Infer_WrongRequest_NamesTheField(string json, params string[] parts) => (await _host.InferAsync(json)).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Theory]
    [InlineData("""{"shape":[1],"datatype":"INT8","data":[1]}""", "inputs[0].name is missing")]
    [InlineData("""{"name":"x","datatype":"INT8","data":[1]}""", "inputs[0].shape is missing")]
    [InlineData("""{"name":"x","shape":[1],"data":[1]}""", "inputs[0].datatype is missing")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8"}""", "inputs[0].data is missing")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FLOAT","data":[1]}""", "inputs[0].datatype is 'FLOAT'", "FP32")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP16","data":[1]}""", "inputs[0].data", "FP16", "binary_data_size")]
    [InlineData("""{"name":"x","shape":[1,-3],"datatype":"INT8","data":[1]}""", "inputs[0].shape[1] is -3")]
    [InlineData("""{"name":"x","shape":[1.5],"datatype":"INT8","data":[1]}""", "inputs[0].shape[0] is 1.5")]
    [InlineData("""{"name":"x","shape":5,"datatype":"INT8","data":[1]}""", "inputs[0].shape is 5")]
    [InlineData("""{"name":"x","shape":[9223372036854775807,2],"datatype":"INT8","data":[1]}""", "inputs[0].shape [9223372036854775807, 2]", "too large")]
    [InlineData("""{"name":"x","shape":[2147483647],"datatype":"INT8","data":[1]}""", "inputs[0].data", "2147483647")]
    [InlineData("""{"name":"x","shape":[2000000000],"datatype":"BYTES","data":[""]}""", "inputs[0].data", "2000000000")]
    [InlineData("""{"name":"x","shape":[3],"datatype":"INT8","data":[1,2]}""", "inputs[0].data has 2 elements", "asks for 3")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","data":[1,2]}""", "inputs[0].data has more elements than the 1")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"INT8","data":[[1,2],[3]]}""", "inputs[0].data", "element 3", "shape[1]")]
    [InlineData("""{"name":"x","shape":[2,1],"datatype":"INT8","data":[[1],[2],[3]]}""", "inputs[0].data", "more than 2", "shape[0]")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"INT8","data":[[1,2],3]}""", "inputs[0].data", "has 3 before its element 2", "shape[1]")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"UINT8","data":[1,300]}""", "inputs[0].data[1] is 300", "from 0 to 255")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT32","data":[1.0]}""", "inputs[0].data[0] is 1.0", "whole numbers")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","data":[1e39]}""", "inputs[0].data[0] is 1e39")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"FP32","data":[null]}""", "inputs[0].data[0] is null", "NaN")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"BOOL","data":[1]}""", "inputs[0].data[0] is 1", "true and false")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"BYTES","data":[1]}""", "inputs[0].data[0] is 1", "strings")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"BYTES","data":["\ud800"]}""", "text")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","data":5}""", "inputs[0].data is 5", "list")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","data":[1],"data":[1]}""", "inputs[0].data stands twice")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","parameters":{"binary_data_size":1}}""", "Inference-Header-Content-Length")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","data":[1],"parameters":{"shared_memory_region":"r"}}""", "inputs[0].parameters.shared_memory_region")]
    [InlineData("""{"name":"x","shape":[1],"datatype":"INT8","data":[1]},{"name":"x","shape":[1],"datatype":"INT8","data":[1]}""", "inputs[1].name is 'x'")]
    public async Task Infer_WrongInput_NamesTheField(string input, params string[] parts) =>
        (await _host.InferAsync($$"""{"inputs":[{{input}}]}""")).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Theory]
    [InlineData("""{"unknown":""", "malformed", "depth")]
    [InlineData("""{"inputs":[{"name":"x","datatype":"INT8","data":""", "malformed", "depth")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":""", "inputs[0].data[0] is a list")]
    public async Task Infer_DeepJson_IsRefused(string beginning, params string[] parts) =>
        (await _host.InferAsync(beginning + new string('[', 100_000))).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Theory]
    [InlineData("""{"inputs":[],"parameters":{PARAMETERS}}""", "parameters has more than 1024 entries")]
    [InlineData("""{"inputs":[{"parameters":{PARAMETERS}}]}""", "inputs[0].parameters has more than 1024 entries")]
    [InlineData("""{"inputs":[],"outputs":[{"parameters":{PARAMETERS}}]}""", "outputs[0].parameters has more than 1024 entries")]
    public async Task Infer_MoreParametersThanTheBound_IsRefused(string json, params string[] parts)
    {
        var parameters = string.Join(',', Enumerable.Range(0, 1025).Select(i => $"\"p{i}\":1"));
        (await _host.InferAsync(json.Replace("PARAMETERS", parameters, StringComparison.Ordinal))).ShouldFail(HttpStatusCode.BadRequest, parts);
    }

    [Fact]
    public async Task Infer_WrongUtf8_IsRefused() =>
        (await _host.PostBytesAsync("/v2/models/echo/infer", [.. """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":[" """u8, 0xC3, 0x28, .. "\"]}]}"u8], headerLength: null))
            .ShouldFail(HttpStatusCode.BadRequest, "UTF-8");

    [Fact]
    public async Task Infer_WhatTheServerSays_HasItsStatus()
    {
        (await _host.InferAsync("""{"inputs":[]}""", "unknown")).ShouldFail(HttpStatusCode.NotFound, "no model 'unknown'");
        var asleep = await _host.InferAsync("""{"inputs":[]}""", "asleep");
        asleep.ShouldFail(HttpStatusCode.ServiceUnavailable, "not loaded");
        asleep.Message.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));

        _host.Server.OnInfer = (_, _) => throw new BackPressureException("The queue of 'echo' is full.");
        (await _host.InferAsync("""{"inputs":[]}""")).ShouldFail(HttpStatusCode.ServiceUnavailable, "queue");
        _host.Server.OnInfer = (_, _) => Task.FromException<Serve.OpenInference.InferenceResponse>(new InvalidOperationException("secret"));
        var broken = await _host.InferAsync("""{"inputs":[]}""");
        broken.ShouldFail(HttpStatusCode.InternalServerError, "model failed");
        broken.Text.ShouldNotContain("secret");
        _host.Log.Errors.Single().Exception!.Message.ShouldBe("secret");
    }

    [Fact]
    public async Task Infer_ClientGoes_StopsTheModelAndGivesMemoryBack()
    {
        var started = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        _host.Server.OnInfer = async (request, cancellationToken) =>
        {
            started.SetResult();
            await using var registration = cancellationToken.Register(stopped.SetResult);
            await stopped.Task;
            cancellationToken.ThrowIfCancellationRequested();
            return EchoServer.Echo(request);
        };
        using var leave = new CancellationTokenSource();
        var content = new StringContent("""{"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":[1]}]}""", Encoding.UTF8);
        var asking = _host.Http.PostAsync("/v2/models/echo/infer", content, leave.Token);
        await started.Task;
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await stopped.Task.WaitAsync(Testing.Eventually.Patience);
    }
}
