using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Serve.ClusterTests.Behaviour;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests.Models;

/// <summary><c>builtin:model-server</c> from documents, on one server that all these tests share; each has applications of its own.</summary>
public sealed class ModelServerTests(ModelServerFixture fixture) : IClassFixture<ModelServerFixture>
{
    private readonly ServeProcess _server = fixture.Server;

    [Fact]
    public async Task Document_OfTheRepository_ServesBothModelsByName()
    {
        var digits = await InferAsync("/v2/models/digits/infer", Tensor("pixels", "FP32", [2, 64], new float[128]));
        digits["model_name"]!.GetValue<string>().ShouldBe("digits");
        digits["outputs"]![0]!["shape"]!.ToJsonString().ShouldBe("[2,10]");

        // A white square on black has edges, and none in its middle.
        var image = new float[25];
        foreach (var at in new[] { 6, 7, 8, 11, 12, 13, 16, 17, 18 })
            image[at] = 1;
        var edges = await InferAsync("/v2/models/edges/versions/1/infer", Tensor("image", "FP32", [1, 1, 5, 5], image));
        var strengths = edges["outputs"]![0]!["data"]!.AsArray().Select(strength => strength!.GetValue<double>()).ToArray();
        strengths[12].ShouldBe(0);
        strengths[7].ShouldBeGreaterThan(1);

        var metadata = await _server.Http.GetFromJsonAsync<JsonObject>("/v2/models/digits");
        metadata!["inputs"]![0]!["name"]!.GetValue<string>().ShouldBe("pixels");
        (await _server.Http.GetAsync("/v2/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.Http.GetAsync("/v2/models/nobody")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // The same over gRPC: {1: "digits"} is ready, {1: true}.
        using var grpc = new GrpcClient(_server.Addresses.Grpc!, "onnx");
        var ready = await grpc.CallAsync("inference.GRPCInferenceService/ModelReady", "\n\u0006digits");
        (ready.Status, ready.Messages.Single()).ShouldBe((0, "\b\u0001"), ready.Detail);
    }

    [Fact]
    public async Task Scale_OneModel_LeavesTheOther()
    {
        var edges = await _server.ProcessesOfAsync("edges", "onnx");
        (await _server.CliAsync("scale", "onnx/edges", "2")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await _server.ProcessesOfAsync("edges", "onnx")).Count == 2);
        (await _server.ProcessesOfAsync("edges", "onnx")).ShouldContain(edges[0], "The replica that was there stays.");
        (await _server.ProcessesOfAsync("digits", "onnx")).Count.ShouldBe(1);

        // Statistics are those of both.
        for (var i = 0; i < 4; i++)
            await InferAsync("/v2/models/edges/infer", Tensor("image", "FP32", [1, 1, 2, 2], new float[4]));
        var statistics = await _server.Http.GetFromJsonAsync<JsonObject>("/v2/models/edges/stats");
        statistics!["model_stats"]!.AsArray().Count.ShouldBe(1);
        statistics["model_stats"]![0]!["inference_count"]!.GetValue<long>().ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task Deploy_WrongArgs_FailsWithAllThatIsWrong()
    {
        await _server.CliAsync("deploy", Document("wrong", "{model_repositry: models, instances: 0}"));
        var application = await _server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED, "wrong");
        application.Message.ShouldContain("args.model_repositry is ");
        application.Message.ShouldContain("did you mean 'model_repository'?");
        application.Message.ShouldContain("args.instances is 0; it must be a number from 1 to 1024.");
    }

    [Fact]
    public async Task Deploy_ModelThatCannotBeLoaded_NamesItsCause()
    {
        await File.WriteAllTextAsync(Path.Combine(_server.DataFolder, "broken.onnx"), "no model");
        await _server.CliAsync("deploy", Document("broken", "{models: {bad: {path: broken.onnx}}}"));
        await Eventually.TrueAsync(async () => (await _server.ApplicationAsync("broken"))?.Deployments.GetValueOrDefault("bad")?.Message.Contains("The model 'bad' can't be served.", StringComparison.Ordinal) == true);
        (await _server.CliAsync("delete", "broken")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Ready_AModelThatSleeps_IsTheServerAndARequestWakesIt()
    {
        const string Deployments = "deployments: [{name: ModelServer, ray_actor_options: {num_cpus: 0}}, {name: squares, ray_actor_options: {num_cpus: 0}, autoscaling_config: {min_replicas: 0, initial_replicas: 0, max_replicas: 1}}]";
        var deployed = await _server.CliAsync("deploy", Document("sleepy", $"{{models: {{squares: {{path: models/squares}}}}}}, {Deployments}"), "--wait");
        deployed.ExitCode.ShouldBe(0, $"{deployed}");
        (await _server.Http.GetAsync("/sleepy/v2/models/squares/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await _server.Http.GetAsync("/sleepy/v2/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.Http.GetStringAsync("/sleepy/v2/models")).ShouldBe("""{"models":["squares"]}""");
        var answer = await InferAsync("/sleepy/v2/models/squares/infer", Tensor("a", "FP32", [1, 4], [1, 2, 3, 4]));
        answer["outputs"]![0]!["data"]!.ToJsonString().ShouldBe("[1,4,9,16]");
        (await _server.CliAsync("delete", "sleepy")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Metrics_OfAModel_CountItsBatches()
    {
        await InferAsync("/v2/models/digits/infer", Tensor("pixels", "FP32", [1, 64], new float[64]));
        await Eventually.TrueAsync(async () => (await _server.Http.GetStringAsync(new Uri(_server.AdminAddress, "/metrics"))).Split('\n').Any(static line =>
            line.StartsWith("serve_batches_processed_total", StringComparison.Ordinal) && line.Contains("digits/1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Explicit_LoadInferUnload_OverRest()
    {
        await _server.Http.PostAsync("/explicit/v2/repository/models/squares/unload", content: null);
        (await _server.Http.PostAsJsonAsync("/explicit/v2/models/squares/infer", Tensor("a", "FP32", [1, 4], new float[4]))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await _server.Http.PostAsync("/explicit/v2/repository/models/squares/load", content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = await InferAsync("/explicit/v2/models/squares/infer", Tensor("a", "FP32", [1, 4], [1, 2, 3, 4]));
        answer["outputs"]![0]!["data"]!.ToJsonString().ShouldBe("[1,4,9,16]");
        var index = await (await _server.Http.PostAsync("/explicit/v2/repository/index", content: null)).Content.ReadFromJsonAsync<JsonArray>();
        index!.ShouldContain(line => line!["name"]!.GetValue<string>() == "squares" && line["state"]!.GetValue<string>() == "READY");
    }

    [Fact]
    public async Task Explicit_LargeTensorOverRest_TravelsAsBytesAndAsJson()
    {
        // Without a batch dimension all rows are one run.
        var load = new JsonObject { ["parameters"] = new JsonObject { ["config"] = """{"max_batch_size":0}""" } };
        (await _server.Http.PostAsJsonAsync("/explicit/v2/repository/models/squares/load", load)).StatusCode.ShouldBe(HttpStatusCode.OK);
        const int Rows = 1 << 20;
        var input = new float[4 * Rows];
        for (var i = 0; i < input.Length; i++)
            input[i] = i % 1000;
        var json = $$$"""{"inputs":[{"name":"a","datatype":"FP32","shape":[{{{Rows}}},4],"parameters":{"binary_data_size":{{{16 * Rows}}}}}],"parameters":{"binary_data_output":true}}""";
        var large = await SendAsync([.. Encoding.UTF8.GetBytes(json), .. MemoryMarshal.AsBytes<float>(input)], json.Length);
        MemoryMarshal.Cast<byte, float>(large.AsSpan(large.Length - (16 * Rows))).ToArray().ShouldBe([.. input.Select(static value => value * value)]);

        // JSON both ways, sent in chunks.
        json = $$"""{"inputs":[{"name":"a","datatype":"FP32","shape":[25000,4],"data":[{{string.Join(",", input.Take(100_000))}}]}]}""";
        var text = Encoding.UTF8.GetString(await SendAsync(Encoding.UTF8.GetBytes(json), headerLength: null));
        text.ShouldEndWith($"[{string.Join(",", input.Take(100_000).Select(static value => value * value))}]}}]}}");
        (await _server.Http.PostAsync("/explicit/v2/repository/models/squares/load", content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);

        async Task<byte[]> SendAsync(byte[] body, int? headerLength)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/explicit/v2/models/squares/infer") { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = headerLength is null;
            if (headerLength is { } length)
                request.Headers.Add("Inference-Header-Content-Length", $"{length}");
            using var response = await _server.Http.SendAsync(request);
            var answer = await response.Content.ReadAsByteArrayAsync();
            response.StatusCode.ShouldBe(HttpStatusCode.OK, Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 1000))));
            return answer;
        }
    }

    [Fact]
    public async Task Explicit_SeveralReplicas_HaveTheSameModels()
    {
        const string Load = "/explicit/v2/repository/models/add/load";
        (await _server.Http.PostAsync(Load, content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.CliAsync("scale", "explicit/ModelServer", "2")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await _server.ProcessesOfAsync("ModelServer", "explicit")).Count == 2);
        await EachAsync(HttpStatusCode.OK);
        (await _server.Http.PostAsync("/explicit/v2/repository/models/add/unload", content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await EachAsync(HttpStatusCode.ServiceUnavailable);
        (await _server.Http.PostAsync(Load, content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await EachAsync(HttpStatusCode.OK);

        // So many that each replica has some: two are drawn for each, and the less busy one takes it.
        async Task EachAsync(HttpStatusCode expected)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => _server.Http.GetAsync("/explicit/v2/models/add/ready")));
            answers.ShouldAllBe(answer => answer.StatusCode == expected);
        }
    }

    /// <summary>In front, and in a deployment behind it.</summary>
    [Theory]
    [InlineData("count")]
    [InlineData("counter")]
    public async Task Request_WhoseClientGoesOrWhoseTimeIsUp_StopsTheEngine(string model)
    {
        await _server.Http.PostAsync("/explicit/v2/repository/models/count/load", content: null);
        using (var gone = new CancellationTokenSource())
        {
            var endless = _server.Http.PostAsJsonAsync($"/explicit/v2/models/{model}/infer", Endless(), gone.Token);
            await Eventually.TrueAsync(async () => await QueuedAsync() >= 1);
            await gone.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => endless);
        }

        using (var late = new HttpRequestMessage(HttpMethod.Post, $"/explicit/v2/models/{model}/infer") { Content = JsonContent.Create(Endless()) })
        {
            late.Headers.Add("x-request-timeout-seconds", "0.3");
            (await _server.Http.SendAsync(late)).StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        }

        // The model has one instance, which is free again.
        var answer = await InferAsync($"/explicit/v2/models/{model}/infer", Tensor("count", "INT64", [], [7]));
        answer["outputs"]![0]!["data"]!.ToJsonString().ShouldBe("[7]");

        async Task<long> QueuedAsync() =>
            (await _server.Http.GetFromJsonAsync<JsonObject>($"/explicit/v2/models/{model}/stats"))!["model_stats"]![0]!["inference_stats"]!["queue"]!["count"]!.GetValue<long>();

        static JsonObject Endless() => Tensor("count", "INT64", [], [long.MaxValue]);
    }

    private static JsonObject Tensor<T>(string name, string type, long[] shape, T[] data) => new()
    {
        ["inputs"] = new JsonArray(new JsonObject
        {
            ["name"] = name,
            ["datatype"] = type,
            ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]),
            ["data"] = new JsonArray([.. data.Select(element => JsonValue.Create(element))]),
        }),
    };

    private async Task<JsonObject> InferAsync(string path, JsonObject request)
    {
        using var response = await _server.Http.PostAsJsonAsync(path, request);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Adds an application to those that are there.</summary>
    private string Document(string name, string args) => fixture.WriteDocument($"  - {{name: {name}, route_prefix: /{name}, import_path: 'builtin:model-server', args: {args}}}");
}
