using System.Globalization;
using System.Text.Json.Nodes;

namespace Serve.Onnx.Config;

/// <summary>Writes a configuration as JSON with the names of the text format: <c>{"name":"digits","max_batch_size":8,…}</c>. Numbers are numbers, those of 64 bits too, as Triton has it.</summary>
internal static class ConfigJson
{
    public static JsonObject Write(ModelConfig config)
    {
        var json = new JsonObject
        {
            ["name"] = config.Name,
            ["platform"] = ModelConfig.OnnxPlatform,
            ["backend"] = ModelConfig.OnnxBackend,
            ["version_policy"] = Policy(config.Versions),
            ["max_batch_size"] = config.MaxBatchSize ?? 0,
            ["input"] = new JsonArray([.. config.Inputs.Select(Input)]),
            ["output"] = new JsonArray([.. config.Outputs.Select(Output)]),
            ["instance_group"] = new JsonArray([.. config.Instances.Select(Group)]),
            ["default_model_filename"] = config.ModelFile,
            ["optimization"] = new JsonObject { ["graph"] = new JsonObject { ["level"] = config.GraphLevel } },
        };
        if (config.Batching is { } batching)
            json["dynamic_batching"] = Batching(batching);
        if (config.Parameters.Count > 0)
        {
            json["parameters"] = new JsonObject(config.Parameters.OrderBy(static one => one.Key, StringComparer.Ordinal)
                .Select(static one => KeyValuePair.Create(one.Key, (JsonNode?)new JsonObject { ["string_value"] = one.Value })));
        }

        if (config.WarmUps.Count > 0)
            json["model_warmup"] = new JsonArray([.. config.WarmUps.Select(WarmUp)]);
        return json;
    }

    private static JsonObject Policy(VersionPolicy policy) => policy.Kind switch
    {
        VersionPolicyKind.All => new JsonObject { ["all"] = new JsonObject() },
        VersionPolicyKind.Specific => new JsonObject { ["specific"] = new JsonObject { ["versions"] = Longs(policy.Versions) } },
        _ => new JsonObject { ["latest"] = new JsonObject { ["num_versions"] = policy.Count } },
    };

    private static JsonObject Input(ModelTensor tensor)
    {
        var json = Tensor(tensor);
        json["format"] = tensor.Format;
        return json;
    }

    private static JsonObject Output(ModelTensor tensor)
    {
        var json = Tensor(tensor);
        json["label_filename"] = tensor.LabelFile;
        return json;
    }

    private static JsonObject Tensor(ModelTensor tensor) => new() { ["name"] = tensor.Name, ["data_type"] = TypeOf(tensor.DataType), ["dims"] = Longs(tensor.Dims) };

    private static JsonObject Group(InstanceGroup group)
    {
        var json = new JsonObject { ["name"] = group.Name, ["count"] = group.Count, ["kind"] = group.Device == OnnxDevice.Cuda ? "KIND_GPU" : "KIND_CPU" };
        if (group.Device == OnnxDevice.Cuda)
            json["gpus"] = new JsonArray(group.DeviceId);
        return json;
    }

    private static JsonObject Batching(DynamicBatching batching)
    {
        var json = new JsonObject
        {
            ["preferred_batch_size"] = new JsonArray([.. batching.PreferredSizes.Select(static size => (JsonNode)size)]),
            ["max_queue_delay_microseconds"] = Microseconds(batching.MaxQueueDelay),
            ["preserve_ordering"] = batching.PreserveOrdering,
            ["priority_levels"] = batching.PriorityLevels,
            ["default_priority_level"] = batching.DefaultPriorityLevel,
            ["default_queue_policy"] = Queue(batching.Queue),
        };
        if (batching.LevelQueues.Count > 0)
        {
            json["priority_queue_policy"] = new JsonObject(batching.LevelQueues.OrderBy(static level => level.Key)
                .Select(static level => KeyValuePair.Create(level.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)Queue(level.Value))));
        }

        return json;
    }

    private static JsonObject Queue(QueuePolicy queue) => new()
    {
        ["timeout_action"] = queue.DelaysLateOnes ? "DELAY" : "REJECT",
        ["default_timeout_microseconds"] = Microseconds(queue.Timeout),
        ["allow_timeout_override"] = queue.AllowsTimeoutOverride,
        ["max_queue_size"] = queue.MaxSize,
    };

    private static JsonObject WarmUp(ModelWarmUp warmUp) => new()
    {
        ["name"] = warmUp.Name,
        ["batch_size"] = warmUp.BatchSize,
        ["count"] = warmUp.Count,
        ["inputs"] = new JsonObject(warmUp.Inputs.Select(static input => KeyValuePair.Create(input.Key, (JsonNode?)Sample(input.Value)))),
    };

    private static JsonObject Sample(WarmUpInput input)
    {
        var json = new JsonObject { ["data_type"] = TypeOf(input.DataType), ["dims"] = Longs(input.Dims) };
        var (name, value) = input.Kind switch
        {
            OnnxSampleKind.Data => ("input_data_file", (JsonNode)input.File),
            OnnxSampleKind.Random => ("random_data", true),
            _ => ("zero_data", true),
        };
        json[name] = value;
        return json;
    }

    private static string TypeOf(TensorDataType type) => type == TensorDataType.Bytes ? "TYPE_STRING" : $"TYPE_{TensorDataTypes.NameOf(type)}";

    private static JsonArray Longs(IEnumerable<long> values) => new([.. values.Select(static value => (JsonNode)value)]);

    private static JsonNode Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
