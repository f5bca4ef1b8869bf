using System.CommandLine;
using System.Globalization;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Node.Resources;
using Serve.Specs.Placement;

namespace Serve.Cli.Commands;

/// <summary>Options of the commands that start a server: what its node offers, and how replicas are laid on nodes.</summary>
internal sealed class PlacementOptions
{
    private readonly Option<double?> _cpus = Number<double?>("--num-cpus", "The CPU cores that replicas may reserve. Default: those that this process may use.", 0, 1_000_000);
    private readonly Option<int?> _gpus = Number<int?>("--num-gpus", "The GPUs that replicas may reserve. Default: the NVIDIA devices of the machine, or those of CUDA_VISIBLE_DEVICES.", 0, 1000);
    private readonly Option<double?> _memory = Number<double?>("--memory", "The bytes of memory that replicas may reserve. Default: those of the machine or its container.", 0, 1e14);
    private readonly Option<string[]> _resources = Pairs("--resources", "Other resources that replicas may reserve, as name=amount; more than one with commas, or by giving the option again.");
    private readonly Option<string[]> _labels = Pairs("--labels", "Labels of the node, for label_selector, as key=value; more than one with commas, or by giving the option again.");
    private readonly Option<string?> _cgroup = new("--cgroup") { Description = "A cgroup (version 2) that is delegated to this process: each worker that reserves CPU or memory gets one of its own below it, with these as limits." };

    private readonly Option<NodePreference> _placement = new("--placement")
    {
        Description = "Which node a replica gets: Spread, the one with the fewest replicas of its deployment, or Pack, the fullest one.",
        DefaultValueFactory = static _ => NodePreference.Spread,
    };

    private readonly Option<double?> _compaction = Number<double?>(
        "--compaction-period", "With --placement Pack: how often, in seconds, to see whether the replicas of a node fit on others, and to move them there, new ones first. Default: never.", 0.1, 1e6);

    public IEnumerable<Option> All => [_cpus, _gpus, _memory, _resources, _labels, _cgroup, _placement, _compaction];

    public string? Cgroup(ParseResult parsed) => parsed.GetValue(_cgroup);

    /// <exception cref="CommandException">A resource or label is none.</exception>
    public NodeResourceOptions Node(ParseResult parsed) => new()
    {
        Cpus = parsed.GetValue(_cpus),
        Gpus = parsed.GetValue(_gpus),
        MemoryBytes = parsed.GetValue(_memory) is { } bytes ? (long)bytes : null,
        Custom = Split(parsed, _resources).ToDictionary(pair => pair.Key, ToAmount, StringComparer.Ordinal),
        Labels = Split(parsed, _labels).ToDictionary(pair => pair.Key, ToLabel, StringComparer.Ordinal),
    };

    /// <exception cref="CommandException">The options exclude each other.</exception>
    public SchedulingOptions Scheduling(ParseResult parsed)
    {
        var preference = parsed.GetValue(_placement);
        var period = parsed.GetValue(_compaction);
        if (period is not null && preference != NodePreference.Pack)
            throw new CommandException(ExitCode.Usage, "--compaction-period needs --placement Pack: Spread would fill the nodes again that it empties.");
        return new SchedulingOptions { Preference = preference, CompactionPeriod = period is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
    }

    private static Dictionary<string, string> Split(ParseResult parsed, Option<string[]> option)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in parsed.GetValue(option)?.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) ?? [])
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, var value])
                throw new CommandException(ExitCode.Usage, $"{option.Name}: '{pair}' is no pair; write name=value.");
            if (!result.TryAdd(key, value))
                throw new CommandException(ExitCode.Usage, $"{option.Name}: '{key}' stands there twice; keep one.");
        }

        return result;
    }

    private static double ToAmount(KeyValuePair<string, string> pair) => pair.Key switch
    {
        ResourceBundle.CpuName or ResourceBundle.GpuName or ResourceBundle.MemoryName =>
            throw new CommandException(ExitCode.Usage, $"--resources: '{pair.Key}' has an option of its own; use --num-cpus, --num-gpus or --memory."),
        _ when double.TryParse(pair.Value, CultureInfo.InvariantCulture, out var amount) && amount is >= 0 and <= 1e12 => amount,
        _ => throw new CommandException(ExitCode.Usage, $"--resources: '{pair.Value}' is no amount of '{pair.Key}'; it must be a number from 0 to 1e12."),
    };

    private static string ToLabel(KeyValuePair<string, string> pair) =>
        (LabelRules.WhatIsWrongWithKey(pair.Key) ?? LabelRules.WhatIsWrongWithValue(pair.Value)) is { } wrong ? throw new CommandException(ExitCode.Usage, $"--labels: {wrong}") : pair.Value;

    private static Option<string[]> Pairs(string name, string description) => new(name) { Description = description };

    private static Option<T> Number<T>(string name, string description, double least, double most)
    {
        var option = new Option<T>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValueOrDefault<T>() is not { } value)
                return;
            if (Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && !(number >= least && number <= most))
                result.AddError($"{name} must be between {least} and {most}.");
        });
        return option;
    }
}
