using Serve.Onnx.Config;
using Serve.Onnx.Tests.ProtoText;

namespace Serve.Onnx.Tests.Config;

public sealed class ModelConfigReaderTests
{
    private static ModelConfig Read(string text) => ModelConfigReader.Read(text, "config.pbtxt");

    private static string Refuse(string text) => Should.Throw<OnnxModelException>(() => Read(text)).Message;

    [Fact]
    public void Read_EverythingThatIsServed_IsThere()
    {
        var config = Read(
            """
            # what Triton users write
            name: "digits"
            platform: "onnxruntime_onnx"
            backend: "onnxruntime"
            max_batch_size: 8
            default_model_filename: "digits.onnx"
            version_policy: { latest { num_versions: 3 } }
            input [ { name: "pixels", data_type: TYPE_UINT8, format: FORMAT_NCHW, dims: [ 3, -1, 0x40 ] } ]
            output { name: "scores" data_type: TYPE_FP16 dims: 10 label_filename: "labels.txt" }
            output { name: "text" data_type: 13 dims: [] }
            instance_group [ { name: "cpu" count: 2 kind: KIND_CPU }, { kind: KIND_GPU gpus: [0, 1] } ]
            dynamic_batching {
              preferred_batch_size: [ 8, 4 ]
              max_queue_delay_microseconds: 1500
              preserve_ordering: true
              default_queue_policy { timeout_action: REJECT default_timeout_microseconds: 1000000 allow_timeout_override: true max_queue_size: 16 }
              priority_levels: 3
              default_priority_level: 2
              priority_queue_policy [ { key: 3 value { timeout_action: DELAY default_timeout_microseconds: 5 } }, { key: 1 } ]
            }
            optimization { graph { level: -1 } priority: PRIORITY_DEFAULT }
            parameters { key: "intra_op_thread_count" value: { string_value: "2" } }
            parameters { key: "session.set_denormal_as_zero" value: { string_value: "1" } }
            model_warmup [ { name: "one" batch_size: 4 count: 2 inputs { key: "pixels" value { data_type: TYPE_UINT8 dims: [3, 2, 64] random_data: true } } } ]
            model_transaction_policy { decoupled: false }
            response_cache { enable: False }
            model_repository_agents { agents [ { name: "checksum" parameters { key: "SHA256:1/digits.onnx" value: "ab" } } ] }
            """);

        config.Name.ShouldBe("digits");
        config.MaxBatchSize.ShouldBe(8);
        config.ModelFile.ShouldBe("digits.onnx");
        config.Versions.Choose([1, 2, 3, 9, 10]).ShouldBe([10, 9, 3]);
        config.Inputs.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            input => input.Name.ShouldBe("pixels"),
            input => input.DataType.ShouldBe(TensorDataType.UInt8),
            input => input.Dims.ShouldBe([3, -1, 64]),
            input => input.Format.ShouldBe("FORMAT_NCHW"));
        config.Outputs.Select(output => (output.Name, output.DataType, output.LabelFile)).ShouldBe([("scores", TensorDataType.Float16, "labels.txt"), ("text", TensorDataType.Bytes, "")]);
        config.Instances.ShouldBe([new("cpu", OnnxDevice.Cpu, 0, 2), new("", OnnxDevice.Cuda, 0, 1), new("", OnnxDevice.Cuda, 1, 1)]);
        var batching = config.Batching.ShouldNotBeNull();
        batching.PreferredSizes.ShouldBe([4, 8]);
        batching.MaxQueueDelay.ShouldBe(TimeSpan.FromMilliseconds(1.5));
        batching.PreserveOrdering.ShouldBeTrue();
        batching.Queue.ShouldBe(new QueuePolicy { Timeout = TimeSpan.FromSeconds(1), AllowsTimeoutOverride = true, MaxSize = 16 });
        (batching.PriorityLevels, batching.DefaultPriorityLevel).ShouldBe((3, 2));
        batching.LevelQueues.ShouldHaveSingleItem().ShouldBe(new(3, new QueuePolicy { DelaysLateOnes = true, Timeout = TimeSpan.FromMicroseconds(5) }));
        config.GraphLevel.ShouldBe(-1);
        config.Parameters.Count.ShouldBe(2);
        var warmUp = config.WarmUps.ShouldHaveSingleItem();
        (warmUp.Name, warmUp.BatchSize, warmUp.Count).ShouldBe(("one", 4, 2));
        warmUp.Inputs["pixels"].Kind.ShouldBe(OnnxSampleKind.Random);
        config.Checksums.ShouldBe([new FileChecksum("SHA256", "1/digits.onnx", "ab")]);
    }

    [Fact]
    public void Read_Nothing_IsAllDefaults()
    {
        var config = Read("");

        config.MaxBatchSize.ShouldBeNull();
        config.ModelFile.ShouldBe("model.onnx");
        config.Versions.Choose([1, 3, 2]).ShouldBe([3]);
        config.Batching.ShouldBeNull();
    }

    [Theory]
    [InlineData("version_policy { all { } }", "3,2,1")]
    [InlineData("version_policy { specific { versions: [1, 3, 7] } }", "3,1")]
    [InlineData("version_policy { latest { } }", "3")]
    [InlineData("version_policy { }", "3")]
    public void Read_VersionPolicy_Chooses(string text, string expected) => string.Join(',', Read(text).Versions.Choose([1, 2, 3])).ShouldBe(expected);

    [Theory]
    [InlineData("max_batchsize: 8", "line 1, column 1: 'max_batchsize' is unknown; did you mean 'max_batch_size'?")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 dim: 3 }", "'input.dim' is unknown; did you mean 'dims'?")]
    [InlineData("max_batch_size: -1", "'max_batch_size' is the number -1; it must be a whole number from 0 to 1048576")]
    [InlineData("max_batch_size: 1.5", "'max_batch_size' is the number 1.5")]
    [InlineData("max_batch_size: \"8\"", "'max_batch_size' is a string")]
    [InlineData("max_batch_size: 8\nmax_batch_size: 8", "line 2, column 1: 'max_batch_size' stands twice")]
    [InlineData("max_batch_size: [8]", "'max_batch_size' is one value, not a list")]
    [InlineData("parameters { key: \"session.collect_node_memory_stats_to_file\" value: { string_value: \"/tmp/x\" } }", "'session.collect_node_memory_stats_to_file' names files of the server")]
    [InlineData("name: 5", "'name' is the number 5; it must be a string")]
    [InlineData("name: \"\\377\"", "'name' is not UTF-8")]
    [InlineData("platform: \"tensorrt_plan\"", "'platform' is \"tensorrt_plan\"; only \"onnxruntime_onnx\" is served: convert the model to ONNX")]
    [InlineData("input: 3", "'input' is the number 3; it must be a message in braces")]
    [InlineData("input { data_type: TYPE_FP32 }", "'input.name' must be given")]
    [InlineData("input { name: \"x\" }", "'input.data_type' must be given, such as TYPE_FP32")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP8 }", "'input.data_type' is the word TYPE_FP8; it must be one of")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 dims: -2 }", "'input.dims' is the number -2; it must be a whole number from -1")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 format: FORMAT_NHWC dims: [1] }", "FORMAT_NHWC goes with 3 'dims'; there are 1")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 reshape { shape: [1] } }", "'input.reshape' is not supported")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 optional: true }", "'input.optional' is not supported")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP32 optional: maybe }", "'input.optional' is the word maybe; it must be true or false")]
    [InlineData("output { name: \"x\" data_type: TYPE_FP32 } output { name: \"x\" data_type: TYPE_FP32 }", "'output' 'x' stands twice")]
    [InlineData("sequence_batching { }", "'sequence_batching' is not supported")]
    [InlineData("ensemble_scheduling { }", "'ensemble_scheduling' is not supported: write a deployment that calls the models one after the other")]
    [InlineData("model_transaction_policy { decoupled: true }", "'model_transaction_policy.decoupled' is not supported")]
    [InlineData("response_cache { enable: 1 }", "'response_cache.enable' is not supported")]
    [InlineData("optimization { execution_accelerators { gpu_execution_accelerator { name: \"tensorrt\" } } }", "'optimization.execution_accelerators' is not supported: TensorRT")]
    [InlineData("optimization { priority: PRIORITY_MAX }", "'optimization.priority' is PRIORITY_MAX")]
    [InlineData("version_policy { latest { } all { } }", "'version_policy' is one of 'latest', 'all' and 'specific'")]
    [InlineData("version_policy { specific { } }", "'version_policy.specific' names no version")]
    [InlineData("instance_group { kind: KIND_MODEL }", "KIND_MODEL is not supported")]
    [InlineData("instance_group { kind: KIND_GPU }", "needs 'gpus'")]
    [InlineData("instance_group { kind: KIND_CPU gpus: 0 }", "don't go with KIND_CPU")]
    [InlineData("instance_group { count: 0 }", "'instance_group.count' is the number 0")]
    [InlineData("instance_group { rate_limiter { } }", "'instance_group.rate_limiter' is not supported")]
    [InlineData("max_batch_size: 0 dynamic_batching { }", "'dynamic_batching' needs a 'max_batch_size' of at least 1")]
    [InlineData("dynamic_batching { priority_levels: 2 }", "'dynamic_batching.default_priority_level' must be given where there are 'priority_levels'")]
    [InlineData("dynamic_batching { priority_levels: 17 default_priority_level: 1 }", "'dynamic_batching.priority_levels' is the number 17; it must be a whole number from 0 to 16")]
    [InlineData("dynamic_batching { priority_levels: 2 default_priority_level: 3 }", "'dynamic_batching.default_priority_level' is the number 3; it must be a whole number from 1 to 2")]
    [InlineData("dynamic_batching { default_priority_level: 1 }", "'dynamic_batching.default_priority_level' is the number 1; it must be a whole number from 0 to 0")]
    [InlineData("dynamic_batching { priority_queue_policy { key: 1 value { } } }", "'dynamic_batching.priority_queue_policy.key' is 1; it must be a level from 1 to 0, the 'priority_levels'")]
    [InlineData("dynamic_batching { default_queue_policy { timeout_action: WAIT } }", "'dynamic_batching.default_queue_policy.timeout_action' is the word WAIT; it must be one of REJECT, DELAY")]
    [InlineData("parameters { key: \"intra_op_thread_cont\" value { string_value: \"2\" } }", "'intra_op_thread_cont' is unknown; did you mean 'intra_op_thread_count'?")]
    [InlineData("parameters { key: \"execution_mode\" value { string_value: \"2\" } }", "'execution_mode' is \"2\"; it must be 0 or 1")]
    [InlineData("parameters { key: \"execution_mode\" value { string_value: \"1\" } } parameters { key: \"execution_mode\" value { string_value: \"1\" } }", "'execution_mode' stands twice")]
    [InlineData("model_warmup { name: \"w\" inputs { key: \"x\" value { data_type: TYPE_FP32 zero_data: true random_data: true } } }", "one of the three")]
    [InlineData("model_repository_agents { agents { name: \"decrypt\" } }", "'model_repository_agents.agents.name' is \"decrypt\"; the only agent is \"checksum\"")]
    [InlineData("model_repository_agents { agents { name: \"checksum\" parameters { key: \"SHA1:x\" value: \"y\" } } }", "must be MD5: or SHA256:")]
    [InlineData("name: \"x", "the string has no end on its line")]
    public void Read_WrongOrUnsupported_SaysWhichAndWhatToDo(string text, string expected)
    {
        var message = Refuse(text);

        message.ShouldStartWith("'config.pbtxt' can't be used: line ");
        message.ShouldContain(expected);
    }

    [Fact]
    public void Read_SeveralMistakes_NamesAll()
    {
        var message = Refuse("max_batch_size: -1\nsequence_batching { }\nnme: \"x\"");

        message.ShouldContain("line 1");
        message.ShouldContain("line 2");
        message.ShouldContain("line 3, column 1: 'nme' is unknown; did you mean 'name'?");
    }

    /// <summary>Whatever the fields are, they are read or refused: never another exception.</summary>
    [Fact]
    public void Read_RandomMessages_AreReadOrRefused()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var text = TextPrinter.Print(RandomConfig.Make(random, depth: 4), random);
            try
            {
                _ = Read(text);
            }
            catch (OnnxModelException exception)
            {
                exception.Message.ShouldStartWith("'config.pbtxt' can't be used: line ");
            }
        }
    }
}
