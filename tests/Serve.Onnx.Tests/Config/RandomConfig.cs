using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Tests.Config;

/// <summary>Messages of fields that a configuration has, at places and with values by chance.</summary>
internal static class RandomConfig
{
    private static readonly string[] Names =
    [
        "name", "platform", "backend", "max_batch_size", "input", "output", "dims", "data_type", "format", "reshape", "label_filename", "optional", "version_policy", "latest", "all",
        "specific", "versions", "num_versions", "instance_group", "count", "kind", "gpus", "dynamic_batching", "preferred_batch_size", "priority_levels", "default_priority_level",
        "priority_queue_policy", "key", "value", "optimization", "graph", "level", "parameters", "string_value", "model_warmup", "inputs", "zero_data", "model_repository_agents", "agents",
    ];

    public static TextMessage Make(Random random, int depth)
    {
        var fields = new List<TextField>();
        for (var i = random.Next(6); i > 0; i--)
            fields.Add(new TextField(Names[random.Next(Names.Length)], Value(random, depth), random.Next(4) == 0, default));
        return new TextMessage(default, fields);
    }

    private static TextValue Value(Random random, int depth) => random.Next(depth > 0 ? 6 : 3) switch
    {
        0 => new TextNumber(default, random.NextInt64(-3, 40).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        1 => new TextWord(default, random.Next(2) == 0 ? "true" : "TYPE_FP32"),
        2 => new TextString(default, [(byte)random.Next(256), (byte)random.Next(256)]),
        _ => Make(random, depth - 1),
    };
}
