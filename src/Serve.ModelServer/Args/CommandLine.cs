using System.Collections.Frozen;
using Serve.Wire.Control;

namespace Serve.ModelServer.Args;

/// <summary>The program alone: <c>--models folder</c> is <c>model_repository</c>, and each argument that is one value has an option of its name, such as <c>--model-control poll</c>.</summary>
internal static class CommandLine
{
    private static readonly string[] Names =
    [
        "model_repository", "model_control", "poll_interval_s", "device", "allow_cpu_fallback", "optimized_model_folder", "warm_up", "default_batch_size", "instances", "server_name",
        "triton_strict", "always_raw_outputs", "max_request_bytes",
    ];

    private static readonly FrozenDictionary<string, string> Mappings = Names
        .Select(static name => KeyValuePair.Create($"--{name.Replace('_', '-')}", KeyOf(name)))
        .Append(KeyValuePair.Create("--models", KeyOf("model_repository")))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static void Add(ConfigurationManager configuration, string[] args) =>
        configuration.AddCommandLine(args, Mappings.ToDictionary(StringComparer.OrdinalIgnoreCase));

    private static string KeyOf(string name) => $"{ProgramContract.ArgsSection}:{name}";
}
