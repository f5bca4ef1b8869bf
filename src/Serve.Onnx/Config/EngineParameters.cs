using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Serve.Specs.Parsing;

namespace Serve.Onnx.Config;

/// <summary>The <c>parameters</c> of a configuration that Triton's ONNX Runtime backend knows, as options of the engine.</summary>
internal static class EngineParameters
{
    private const string IntraOpThreads = "intra_op_thread_count";
    private const string InterOpThreads = "inter_op_thread_count";
    private const string Mode = "execution_mode";
    private const string Arena = "enable_mem_arena";
    private const string Pattern = "enable_mem_pattern";
    private const string Shrinkage = "memory.enable_memory_arena_shrinkage";
    private const string SessionPrefix = "session.";
    private const int MostThreads = 1024;

    private static readonly string[] OfCuda =
        ["gpu_mem_limit", "arena_extend_strategy", "cudnn_conv_algo_search", "cudnn_conv_use_max_workspace", "do_copy_in_default_stream", "prefer_nhwc", "use_tf32"];

    /// <summary>Settings of a session with these in their names have ONNX Runtime read or write wherever their values say.</summary>
    private static readonly string[] OfFiles = ["file", "folder", "path"];

    private static readonly string[] Known = [IntraOpThreads, InterOpThreads, Mode, Arena, Pattern, Shrinkage, .. OfCuda];

    public static string? WhatIsWrong(string key, string value) => key switch
    {
        IntraOpThreads or InterOpThreads => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MostThreads ? null : $"'{key}' is \"{value}\"; it must be a number of threads from 0 to {MostThreads}",
        Mode or Arena or Pattern => value is "0" or "1" ? null : $"'{key}' is \"{value}\"; it must be 0 or 1",
        Shrinkage => value.Length > 0 ? null : $"'{key}' must name devices, such as cpu:0",
        _ when key.StartsWith(SessionPrefix, StringComparison.Ordinal) && Array.Exists(OfFiles, word => key.Contains(word, StringComparison.Ordinal)) =>
            $"'{key}' names files of the server, which a configuration can't, since clients may send one",
        _ when OfCuda.Contains(key, StringComparer.Ordinal) || (key.StartsWith(SessionPrefix, StringComparison.Ordinal) && key.Length > SessionPrefix.Length) => null,
        _ => $"'{key}' is unknown{(NearestKey.Of(key, Known) is { } nearest ? $"; did you mean '{nearest}'?" : $"; known are {string.Join(", ", Known)} and those that begin with {SessionPrefix}")}",
    };

    /// <summary>The options of the engine with what a model's configuration says of them.</summary>
    public static OnnxOptions Apply(ModelConfig config, InstanceGroup group, OnnxOptions defaults)
    {
        var parameters = config.Parameters;
        return defaults with
        {
            Device = group.Device,
            DeviceId = group.DeviceId,
            IntraOpThreads = Threads(parameters.GetValueOrDefault(IntraOpThreads)) ?? defaults.IntraOpThreads,
            InterOpThreads = Threads(parameters.GetValueOrDefault(InterOpThreads)) ?? defaults.InterOpThreads,
            Execution = parameters.GetValueOrDefault(Mode) is { } mode ? mode == "1" ? ExecutionMode.ORT_PARALLEL : ExecutionMode.ORT_SEQUENTIAL : defaults.Execution,
            PlanMemory = parameters.GetValueOrDefault(Pattern) is { } pattern ? pattern == "1" : defaults.PlanMemory,
            Arena = parameters.ContainsKey(Shrinkage) ? OnnxArena.Shrunk : parameters.GetValueOrDefault(Arena) is { } arena ? arena == "1" ? OnnxArena.Kept : OnnxArena.None : defaults.Arena,
            GraphOptimization = config.GraphLevel switch
            {
                1 => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                -1 => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                2 => GraphOptimizationLevel.ORT_DISABLE_ALL,
                _ => defaults.GraphOptimization,
            },
            SessionEntries = Merge(defaults.SessionEntries, parameters.Where(entry => entry.Key.StartsWith(SessionPrefix, StringComparison.Ordinal))),
            ProviderOptions = Merge(defaults.ProviderOptions, parameters.Where(entry => OfCuda.Contains(entry.Key, StringComparer.Ordinal))),
        };
    }

    /// <summary>Triton's 0 is ONNX Runtime's choice, one thread for each core of the machine; that of a replica is its own share.</summary>
    private static int? Threads(string? count) => count is null or "0" ? null : int.Parse(count, CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> defaults, IEnumerable<KeyValuePair<string, string>> own)
    {
        var merged = defaults.ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in own)
            merged[key] = value;
        return merged;
    }
}
