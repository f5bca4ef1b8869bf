using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Config;

/// <summary>
/// Reads a <c>config.pbtxt</c>. Whatever it may say is either in force, or refused by name with what to do instead:
/// <code>
/// name: "digits"  platform: "onnxruntime_onnx"  max_batch_size: 8
/// input [ { name: "pixels" data_type: TYPE_FP32 dims: [ 64 ] } ]
/// output [ { name: "probabilities" data_type: TYPE_FP32 dims: [ 10 ] label_filename: "digits.txt" } ]
/// dynamic_batching { max_queue_delay_microseconds: 500 }
/// </code>
/// </summary>
internal static class ModelConfigReader
{
    /// <summary>More rows than fit into any memory.</summary>
    private const int LargestBatch = 1 << 20;

    /// <param name="text">The text.</param>
    /// <param name="source">Where it comes from, as error messages call it.</param>
    /// <exception cref="OnnxModelException">The text is none, or says what is not supported: all that is wrong, each with its place.</exception>
    public static ModelConfig Read(string text, string source)
    {
        var errors = new List<string>();
        try
        {
            var config = Read(new MessageReader(TextParser.Parse(text), "", errors));
            if (errors.Count == 0)
                return config;
        }
        catch (ProtoTextException exception)
        {
            errors.Add(exception.Message);
        }

        throw new OnnxModelException($"'{source}' can't be used: {string.Join(" ", errors)}");
    }

    private static ModelConfig Read(MessageReader reader)
    {
        CheckEngine(reader, "platform", ModelConfig.OnnxPlatform);
        CheckEngine(reader, "backend", ModelConfig.OnnxBackend);
        RefuseWhatThereIsNot(reader);
        var config = new ModelConfig
        {
            Name = reader.Text("name"),
            Versions = ReadVersions(reader),
            MaxBatchSize = reader.Has("max_batch_size") ? (int)reader.Number("max_batch_size", 0, LargestBatch) : null,
            Inputs = [.. reader.Messages("input").Select(TensorReader.ReadInput)],
            Outputs = [.. reader.Messages("output").Select(TensorReader.ReadOutput)],
            Instances = [.. reader.Messages("instance_group").SelectMany(InstanceReader.Read)],
            ModelFile = reader.Text("default_model_filename", ModelConfig.UsualModelFile),
            Batching = reader.Message("dynamic_batching") is { } batching ? BatchingReader.Read(batching) : null,
            GraphLevel = ReadGraphLevel(reader),
            Parameters = ReadParameters(reader),
            WarmUps = [.. reader.Messages("model_warmup").Select(WarmUpReader.Read)],
            Checksums = ReadChecksums(reader),
        };
        reader.Finish();
        CheckTwice(reader, "input", config.Inputs);
        CheckTwice(reader, "output", config.Outputs);
        if (config is { Batching: not null, MaxBatchSize: 0 })
            reader.Wrong("dynamic_batching", "needs a 'max_batch_size' of at least 1");
        return config;
    }

    private static void CheckTwice(MessageReader reader, string field, IReadOnlyList<ModelTensor> tensors)
    {
        if (tensors.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            reader.Wrong(field, $"'{twice.Key}' stands twice");
    }

    private static void CheckEngine(MessageReader reader, string name, string only)
    {
        if (reader.Text(name) is { Length: > 0 } other && other != only)
            reader.Wrong(name, $"is \"{other}\"; only \"{only}\" is served: convert the model to ONNX");
    }

    private static void RefuseWhatThereIsNot(MessageReader reader)
    {
        reader.Refuse("sequence_batching", "requests of a sequence are not kept together; send each with all it needs, or write a deployment that keeps the state");
        reader.Refuse("ensemble_scheduling", "write a deployment that calls the models one after the other");
        reader.Refuse("cc_model_filenames", "there is one file for all devices; name it in 'default_model_filename'");
        reader.Refuse("metric_tags", "metrics carry the names of application, deployment and model; remove it");
        reader.Refuse("model_operations", "list libraries of custom operators in the deployment's arguments");
        reader.Refuse("batch_input", "ragged batches are not built; pad the inputs to one shape");
        reader.Refuse("batch_output", "ragged batches are not built; pad the inputs to one shape");
        reader.Refuse("runtime", "the engine is ONNX Runtime; remove it");
        reader.Refuse("model_metrics", "metrics are the same for all models; remove it");
        if (reader.Message("model_transaction_policy") is { } policy)
        {
            policy.RefuseTrue("decoupled", "an ONNX model gives one answer for each request");
            policy.Finish();
        }

        if (reader.Message("response_cache") is { } cache)
        {
            cache.RefuseTrue("enable", "answers are not kept; put a cache in front");
            cache.Finish();
        }
    }

    private static VersionPolicy ReadVersions(MessageReader reader)
    {
        if (reader.Message("version_policy") is not { } policy)
            return VersionPolicy.Newest;
        var latest = policy.Message("latest");
        var all = policy.Message("all");
        var specific = policy.Message("specific");
        var chosen = latest is not null ? VersionPolicy.Latest((int)latest.Number("num_versions", 1, int.MaxValue, otherwise: 1))
            : all is not null ? VersionPolicy.All
            : specific is not null ? VersionPolicy.Specific(specific.Numbers("versions", 1, long.MaxValue))
            : VersionPolicy.Newest;
        if (new[] { latest, all, specific }.Count(kind => kind is not null) > 1)
            reader.Wrong("version_policy", "is one of 'latest', 'all' and 'specific'");
        if (specific is not null && chosen.Versions.Count == 0)
            policy.Wrong("specific", "names no version");
        foreach (var message in new[] { latest, all, specific, policy })
            message?.Finish();
        return chosen;
    }

    private static int ReadGraphLevel(MessageReader reader)
    {
        if (reader.Message("optimization") is not { } optimization)
            return 0;
        optimization.Refuse("execution_accelerators", "TensorRT and OpenVINO are not served; remove it");
        optimization.Refuse("cuda", "CUDA graphs are not served; remove it");
        optimization.Refuse("input_pinned_memory", "remove it");
        optimization.Refuse("output_pinned_memory", "remove it");
        optimization.Refuse("gather_kernel_buffer_threshold", "remove it");
        optimization.Refuse("eager_batching", "batches are always put together early; remove it");
        if (optimization.Choice("priority", "PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN") is { } priority and not "PRIORITY_DEFAULT")
            optimization.Wrong("priority", $"is {priority}; priorities among models are not served: give the deployment more CPU");
        var graph = optimization.Message("graph");
        var level = (int)(graph?.Number("level", -1, 2) ?? 0);
        graph?.Finish();
        optimization.Finish();
        return level;
    }

    private static Dictionary<string, string> ReadParameters(MessageReader reader)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, entry) in reader.Entries("parameters"))
        {
            var value = entry.Message("value");
            parameters[key] = value?.Text("string_value") ?? "";
            if (EngineParameters.WhatIsWrong(key, parameters[key]) is { } wrong)
                entry.Wrong("key", wrong);
            value?.Finish();
            entry.Finish();
        }

        return parameters;
    }

    /// <summary>Triton's one agent that comes with it: <c>agents [{ name: "checksum" parameters { key: "SHA256:1/model.onnx" value: "9f86…" } }]</c>.</summary>
    private static List<FileChecksum> ReadChecksums(MessageReader reader)
    {
        var checksums = new List<FileChecksum>();
        if (reader.Message("model_repository_agents") is not { } agents)
            return checksums;
        foreach (var agent in agents.Messages("agents"))
        {
            if (agent.Text("name") is { } name and not "checksum")
                agent.Wrong("name", $"is \"{name}\"; the only agent is \"checksum\"");
            foreach (var (key, entry) in agent.Entries("parameters"))
            {
                if (key.Split(':', 2) is ["MD5" or "SHA256", { Length: > 0 }] parts)
                    checksums.Add(new FileChecksum(parts[0], parts[1], entry.Text("value")));
                else
                    entry.Wrong("key", $"is \"{key}\"; it must be MD5: or SHA256: and a path in the model's folder");
                _ = entry.Text("value");
                entry.Finish();
            }

            agent.Finish();
        }

        agents.Finish();
        return checksums;
    }
}
