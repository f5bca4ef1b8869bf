using System.Text.Json.Nodes;
using Serve.ModelServer.Args;
using Serve.Onnx.Config;

namespace Serve.Onnx.Tests.ModelServer;

public sealed class ModelServerArgsTests
{
    [Fact]
    public void Read_AllThatThereIs_IsInForce()
    {
        var args = Read("""
            {
              "model_repository": "models", "model_control": "poll", "poll_interval_s": 2.5, "device": "cuda", "allow_cpu_fallback": true, "optimized_model_folder": "kept",
              "warm_up": false, "default_batch_size": 16, "instances": 2, "triton_strict": true, "always_raw_outputs": true, "max_request_bytes": 100000, "server_name": "mine",
              "models": { "a": { "path": "a.onnx", "device": "cpu", "instances": 3, "config": { "max_batch_size": 64 } }, "b": { "path": "b" } }
            }
            """);
        args.Repository!.Location.ShouldBe("models");
        args.Repository.Control.ShouldBe(ModelControl.Poll);
        args.Repository.PollInterval.ShouldBe(TimeSpan.FromSeconds(2.5));
        args.Repository.Engine.Device.ShouldBe(OnnxDevice.Cuda);
        args.Repository.Engine.AllowCpuFallback.ShouldBeTrue();
        args.Repository.WarmUp.ShouldBeFalse();
        args.Protocol.TritonStrict.ShouldBeTrue();
        args.Protocol.AlwaysRawOutputs.ShouldBeTrue();
        args.Protocol.MaxRequestBytes.ShouldBe(100_000);
        args.ServerName.ShouldBe("mine");
        args.Models[0].Engine.Device.ShouldBe(OnnxDevice.Cpu);
        args.Models[0].Engine.OptimizedModelFolder.ShouldBe("kept", "What is said for all models holds for one that says nothing else.");
        args.Models[0].MaxOngoingRequests.ShouldBe(2 * 3 * 64, "A replica takes twice what its instances can have in batches.");
        args.Models[1].Engine.Device.ShouldBe(OnnxDevice.Cuda);
        args.Models[1].ToOptions().UsualInstances.ShouldBe(2);
    }

    [Fact]
    public void Read_TextsOfAConfiguration_AreNumbersAndSwitches()
    {
        var args = Read("""{ "model_repository": "m", "default_batch_size": "8", "warm_up": "false" }""");
        args.Repository!.UsualBatchSize.ShouldBe(8);
        args.Repository.WarmUp.ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}", "args names no model: give model_repository")]
    [InlineData("""{ "model_repositry": "m" }""", "args.model_repositry is 'm', but there is no such argument; did you mean 'model_repository'?")]
    [InlineData("""{ "model_repository": 7 }""", "args.model_repository is 7; it must be a text.")]
    [InlineData("""{ "model_repository": "m", "model_control": "always" }""", "args.model_control is 'always'; it must be one of none, poll, explicit.")]
    [InlineData("""{ "model_repository": "m", "poll_interval_s": 3 }""", "args.poll_interval_s is 3; it goes with model_control: poll.")]
    [InlineData("""{ "model_control": "poll", "models": { "a": { "path": "a" } } }""", "args.model_control is 'poll'; it goes with a model_repository, and there is none.")]
    [InlineData("""{ "model_repository": "m", "instances": 0 }""", "args.instances is 0; it must be a number from 1 to 1024.")]
    [InlineData("""{ "model_repository": "m", "instances": 1.5 }""", "args.instances is 1.5; it must be a whole number.")]
    [InlineData("""{ "model_repository": "m", "warm_up": "often" }""", "args.warm_up is 'often'; it must be true or false.")]
    [InlineData("""{ "models": ["a"] }""", "args.models is [\"a\"]; it must be a map of names and values.")]
    [InlineData("""{ "models": { "a": "a.onnx" } }""", "args.models.a is 'a.onnx'; it must be a map, with a path at least: a: { path: a.onnx }.")]
    [InlineData("""{ "models": { "a": {} } }""", "args.models.a.path is missing; it must be an .onnx file")]
    [InlineData("""{ "models": { "a": { "path": "a", "sha256": "00" } } }""", "args.models.a.sha256 is '00'; it must be 64 hexadecimal digits.")]
    [InlineData("""{ "models": { "a": { "path": "a", "config": { "max_batch_sze": 8 } } } }""", "'max_batch_sze' is unknown; did you mean 'max_batch_size'?")]
    [InlineData("""{ "models": { "ModelServer": { "path": "a" } } }""", "that is the name of the deployment in front of the models")]
    public void Read_WhatCannotBeUsed_IsNamedWithItsValue(string json, string problem) =>
        string.Join('\n', Should.Throw<ServeArgsException>(() => Read(json)).Problems).ShouldContain(problem);

    /// <summary>The page names all arguments, and the error for an unknown one lists what the reader knows.</summary>
    [Fact]
    public void Page_OfTheModelServer_NamesEachArgument()
    {
        var page = File.ReadAllText(Serve.Testing.Repository.PathOf("src/docs/model-server.md"));
        var known = Should.Throw<ServeArgsException>(() => Read("""{ "model_repository": "m", "something-that-is-like-nothing": 1 }""")).Message.Split("there are ")[1].TrimEnd('.').Split(", ");
        known.Length.ShouldBeGreaterThan(10);
        known.Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Read_SeveralMistakes_AreAllTold() =>
        Should.Throw<ServeArgsException>(() => Read("""{ "instances": 0, "device": "tpu", "models": { "a": { "path": "" } } }""")).Problems.Count.ShouldBe(4);

    [Fact]
    public void Config_ReadAndWritten_IsTheSame()
    {
        const string Text = """
            { "max_batch_size": 8, "version_policy": { "specific": { "versions": [1, 3] } },
              "input": [{ "name": "a", "data_type": "TYPE_FP32", "dims": [4] }], "output": [{ "name": "squared", "data_type": "TYPE_FP32", "dims": [-1] }],
              "instance_group": [{ "count": 2, "kind": "KIND_CPU" }], "parameters": { "execution_mode": { "string_value": "1" } },
              "dynamic_batching": { "preferred_batch_size": [2, 4], "max_queue_delay_microseconds": 500, "priority_levels": 2, "default_priority_level": 1,
                "default_queue_policy": { "timeout_action": "DELAY", "default_timeout_microseconds": 100, "allow_timeout_override": true, "max_queue_size": 7 } },
              "model_warmup": [{ "name": "w", "batch_size": 2, "count": 1, "inputs": { "a": { "data_type": "TYPE_FP32", "dims": [4], "random_data": true } } }] }
            """;
        var written = ModelConfig.Parse(Text, "test").ToJson().ToJsonString();
        ModelConfig.Parse(written, "test").ToJson().ToJsonString().ShouldBe(written);
        foreach (var part in new[] { "\"versions\":[1,3]", "\"dims\":[4]", "\"count\":2", "\"DELAY\"", "\"priority_levels\":2", "\"execution_mode\":{\"string_value\":\"1\"}", "\"random_data\":true" })
            written.ShouldContain(part);
    }

    private static ModelServerArgs Read(string json) => ModelServerArgs.Read(JsonNode.Parse(json)!.AsObject());
}
