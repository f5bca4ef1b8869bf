using Google.Protobuf;
using Grpc.Core;
using Serve.OpenInference;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>The calls that tell about server and models, and those that load models.</summary>
public sealed class ModelServiceTests
{
    private static readonly string[] Methods = [.. GRPCInferenceService.Descriptor.Methods.Select(method => method.Name)];

    [Fact]
    public async Task Health_OfAServerThatIsNotReady_SaysSo()
    {
        await using var host = await ModelHost.StartAsync(new TestModels { IsReady = false });
        (await host.CallAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live.ShouldBeTrue();
        (await host.CallAsync("ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Ready.ShouldBeFalse();
        (await host.CallAsync("ModelReady", new ModelReadyRequest { Name = "m" }, ModelReadyResponse.Parser)).Ready.ShouldBeTrue();
        (await host.CallAsync("ModelReady", new ModelReadyRequest { Name = "loading" }, ModelReadyResponse.Parser)).Ready.ShouldBeFalse();
    }

    [Fact]
    public async Task ModelReady_OfAnUnknownModel_NotFoundOrAsTritonNotReady()
    {
        await using var host = await ModelHost.StartAsync();
        (await host.CallAsync("ModelReady", new ModelReadyRequest { Name = "unknown" })).Status.ShouldBe(StatusCode.NotFound);
        await using var strict = await ModelHost.StartAsync(options: new OpenInferenceOptions { TritonStrict = true });
        (await strict.CallAsync("ModelReady", new ModelReadyRequest { Name = "unknown" }, ModelReadyResponse.Parser)).Ready.ShouldBeFalse();
    }

    [Fact]
    public async Task Metadata_OfServerAndModel_IsWhatTheServerSays()
    {
        await using var host = await ModelHost.StartAsync();
        var server = await host.CallAsync("ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser);
        (server.Name, server.Version).ShouldBe(("tests", "1.2.3"));
        server.Extensions.ShouldContain("schedule_policy");
        server.Extensions.ShouldNotContain("model_repository");
        var model = await host.CallAsync("ModelMetadata", new ModelMetadataRequest { Name = "m" }, ModelMetadataResponse.Parser);
        model.ToString().ShouldBe("""{ "name": "m", "versions": [ "1", "2" ], "platform": "test_test", "inputs": [ { "name": "x", "datatype": "FP32", "shape": [ "-1", "4" ] } ], "outputs": [ { "name": "y", "datatype": "BYTES", "shape": [ "-1" ] }, { "name": "scores", "datatype": "FP32", "shape": [ "-1", "3" ] } ], "properties": { "owner": "me" } }""");
        var reply = await host.CallAsync("ModelMetadata", new ModelMetadataRequest());
        (reply.Status, reply.Detail).ShouldBe((StatusCode.InvalidArgument, "name is empty; it names the model."));
    }

    [Fact]
    public async Task ModelConfig_AsJson_BecomesAMessage()
    {
        await using var host = await ModelHost.StartAsync(new TestModels
        {
            Config = """
                {"name":"m","platform":"onnxruntime_onnx","max_batch_size":8,"version_policy":{"specific":{"versions":[1,3]}},"input":[{"name":"x","data_type":"TYPE_FP32","dims":[-1,4]}],
                 "instance_group":[{"name":"m","count":2,"kind":"KIND_CPU"}],"dynamic_batching":{"preferred_batch_size":[4],"max_queue_delay_microseconds":100,"priority_queue_policy":{"1":{"timeout_action":"DELAY"}}},
                 "parameters":{"p":{"string_value":"v"}},"backend":"onnxruntime","model_warmup":[{"name":"w","inputs":{"x":{"random_data":true}}}],"nobody_knows":1}
                """,
        });
        var config = (await host.CallAsync("ModelConfig", new ModelConfigRequest { Name = "m" }, ModelConfigResponse.Parser)).Config;
        (config.Name, config.MaxBatchSize, config.Backend).ShouldBe(("m", 8, "onnxruntime"));
        config.VersionPolicy.Specific.Versions.ToArray().ShouldBe([1L, 3L]);
        config.Input[0].Dims.ToArray().ShouldBe([-1L, 4L]);
        config.InstanceGroup[0].Kind.ShouldBe(ModelInstanceGroup.Types.Kind.Cpu);
        config.DynamicBatching.MaxQueueDelayMicroseconds.ShouldBe(100UL);
        config.DynamicBatching.PriorityQueuePolicy[1].TimeoutAction.ShouldBe(ModelQueuePolicy.Types.TimeoutAction.Delay);
        config.Parameters["p"].StringValue.ShouldBe("v");
        config.ModelWarmup[0].Inputs["x"].RandomData.ShouldBeTrue();
    }

    [Fact]
    public async Task ModelStatistics_OfAllModels_AreWhatTheServerCounts()
    {
        await using var host = await ModelHost.StartAsync();
        var statistics = (await host.CallAsync("ModelStatistics", new ModelStatisticsRequest(), ModelStatisticsResponse.Parser)).ModelStats.ShouldHaveSingleItem();
        (statistics.Name, statistics.LastInference, statistics.InferenceCount, statistics.ExecutionCount).ShouldBe(("all", 5UL, 6UL, 7UL));
        var sums = statistics.InferenceStats;
        new[] { sums.Success, sums.Fail, sums.Queue, sums.ComputeInput, sums.ComputeInfer, sums.ComputeOutput }.Select(sum => (sum.Count, sum.Ns))
            .ShouldBe([(1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, 60)]);
        statistics.BatchStats[0].ComputeOutput.Ns.ShouldBe(6UL);
        statistics.MemoryUsage[0].ByteSize.ShouldBe(1000UL);
    }

    [Fact]
    public async Task Repository_ThatClientsControl_IsListedLoadedAndUnloaded()
    {
        var control = new TestControl();
        await using var host = await ModelHost.StartAsync(new TestModels { Control = control });
        (await host.CallAsync("RepositoryIndex", new RepositoryIndexRequest(), RepositoryIndexResponse.Parser)).Models.Select(model => $"{model.Name}/{model.Version}/{model.State}/{model.Reason}")
            .ShouldBe(["a/1/READY/", "b//UNAVAILABLE/broken"]);
        (await host.CallAsync("RepositoryIndex", new RepositoryIndexRequest { Ready = true }, RepositoryIndexResponse.Parser)).Models.Count.ShouldBe(1);
        var load = new RepositoryModelLoadRequest
        {
            ModelName = "m",
            Parameters = { ["config"] = new() { StringParam = "{}" }, ["file:1/model.onnx"] = new() { BytesParam = ByteString.CopyFrom(1, 2, 3) } },
        };
        await host.CallAsync("RepositoryModelLoad", load, RepositoryModelLoadResponse.Parser);
        var unload = new RepositoryModelUnloadRequest { ModelName = "m", Parameters = { ["unload_dependents"] = new() { BoolParam = true } } };
        await host.CallAsync("RepositoryModelUnload", unload, RepositoryModelUnloadResponse.Parser);
        control.Calls.ShouldBe(["load m {} 1/model.onnx:3", "unload m"]);
    }

    [Fact]
    public async Task Repository_WrongRequests_AreRefusedWithTheFieldsName()
    {
        await using var host = await ModelHost.StartAsync(new TestModels { Control = new TestControl() });
        await ShouldRefuseAsync(host, "RepositoryModelLoad", new RepositoryModelLoadRequest(), StatusCode.InvalidArgument, "model_name");
        await ShouldRefuseAsync(host, "RepositoryModelLoad", new RepositoryModelLoadRequest { RepositoryName = "m" }, StatusCode.InvalidArgument, "KServe");
        await ShouldRefuseAsync(host, "RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "m", RepositoryName = "r" }, StatusCode.Unimplemented, "repository_name");
        await ShouldRefuseAsync(host, "RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "m", Parameters = { ["x"] = new() { BoolParam = true } } }, StatusCode.InvalidArgument, "parameters.x");
        await ShouldRefuseAsync(host, "RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "m", Parameters = { ["config"] = new() } }, StatusCode.InvalidArgument, "parameters.config");
        await ShouldRefuseAsync(host, "RepositoryIndex", new RepositoryIndexRequest { RepositoryName = "r" }, StatusCode.Unimplemented, "repository_name");
    }

    [Theory]
    [InlineData("RepositoryIndex")]
    [InlineData("RepositoryModelLoad")]
    [InlineData("RepositoryModelUnload")]
    public async Task Repository_ThatClientsDoNotControl_IsUnavailable(string method)
    {
        await using var host = await ModelHost.StartAsync();
        IMessage request = method == "RepositoryIndex" ? new RepositoryIndexRequest() : new RepositoryModelLoadRequest { ModelName = "m" };
        await ShouldRefuseAsync(host, method, request, StatusCode.Unavailable, "model_repository");
    }

    [Fact]
    public async Task SharedMemoryTracesAndLogs_OnlyLookedAt_ThereAreNone()
    {
        await using var host = await ModelHost.StartAsync();
        (await host.CallAsync("SystemSharedMemoryStatus", new SystemSharedMemoryStatusRequest(), SystemSharedMemoryStatusResponse.Parser)).Regions.Count.ShouldBe(0);
        (await host.CallAsync("CudaSharedMemoryStatus", new CudaSharedMemoryStatusRequest(), CudaSharedMemoryStatusResponse.Parser)).Regions.Count.ShouldBe(0);
        await host.CallAsync("SystemSharedMemoryUnregister", new SystemSharedMemoryUnregisterRequest(), SystemSharedMemoryUnregisterResponse.Parser);
        await host.CallAsync("CudaSharedMemoryUnregister", new CudaSharedMemoryUnregisterRequest(), CudaSharedMemoryUnregisterResponse.Parser);
        (await host.CallAsync("TraceSetting", new TraceSettingRequest(), TraceSettingResponse.Parser)).Settings.Count.ShouldBe(0);
        (await host.CallAsync("LogSettings", new LogSettingsRequest(), LogSettingsResponse.Parser)).Settings.Count.ShouldBe(0);
    }

    [Fact]
    public async Task SharedMemoryTracesAndLogs_Set_AreRefusedWithWhatToDoInstead()
    {
        await using var host = await ModelHost.StartAsync();
        await ShouldRefuseAsync(host, "SystemSharedMemoryRegister", new SystemSharedMemoryRegisterRequest { Name = "r" }, StatusCode.Unimplemented, "raw_input_contents");
        await ShouldRefuseAsync(host, "CudaSharedMemoryRegister", new CudaSharedMemoryRegisterRequest { Name = "r" }, StatusCode.Unimplemented, "raw_input_contents");
        await ShouldRefuseAsync(host, "TraceSetting", new TraceSettingRequest { Settings = { ["trace_rate"] = new() } }, StatusCode.Unimplemented, "telemetry_config");
        await ShouldRefuseAsync(host, "LogSettings", new LogSettingsRequest { Settings = { ["log_info"] = new() { BoolParam = true } } }, StatusCode.Unimplemented, "logging_config");
    }

    [Fact]
    public async Task Service_EachMethodOfTheProtocol_IsMapped()
    {
        await using var host = await ModelHost.StartAsync(new TestModels { Control = new TestControl() });
        foreach (var method in Methods)
            (await host.Host.CallRawAsync(ModelHost.Path(method), [])).Detail.ShouldNotContain("has no method", customMessage: method);
        (await host.Host.CallRawAsync(ModelHost.Path("Nothing"), [])).Detail.ShouldContain("has no method");
    }

    private static async Task ShouldRefuseAsync(ModelHost host, string method, IMessage request, StatusCode status, string named)
    {
        var reply = await host.CallAsync(method, request);
        reply.Status.ShouldBe(status, reply.Detail);
        reply.Detail.ShouldContain(named);
    }
}
