using System.Collections.Frozen;
using Serve.Specs.Parsing;
using Serve.Wire.Control;

namespace Serve.ModelServer.Args;

/// <summary>The program alone: <c>--models folder</c> is <c>model_repository</c>, and each argument that is one value has an option of its name, such as <c>--model-control poll</c>.</summary>
internal static class CommandLine
{
    private const string Prefix = "--";

    private static readonly string[] Names =
    [
        "model_repository", "model_control", "poll_interval_s", "device", "allow_cpu_fallback", "optimized_model_folder", "warm_up", "default_batch_size", "instances", "server_name",
        "triton_strict", "always_raw_outputs", "max_request_bytes",
    ];

    /// <summary>Options that the web host reads.</summary>
    private static readonly string[] OfHost = ["urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName", "allowedHosts", "webroot", "shutdownTimeoutSeconds"];

    private static readonly FrozenDictionary<string, string> Mappings = Names
        .Select(static name => KeyValuePair.Create($"{Prefix}{name.Replace('_', '-')}", KeyOf(name)))
        .Append(KeyValuePair.Create($"{Prefix}models", KeyOf("model_repository")))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Known = Mappings.Keys.Concat(Listening.Names.Concat(OfHost).Select(static name => Prefix + name)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ServeArgsException">There is an option that nobody knows, or one without a value.</exception>
    public static void Add(ConfigurationManager configuration, string[] args)
    {
        string[] problems = [.. WhatIsWrong(args)];
        if (problems.Length > 0)
            throw new ServeArgsException(problems);
        configuration.AddCommandLine(args, Mappings.ToDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Options are <c>--name value</c> or <c>--name=value</c>; with a colon in it a name is any key of the configuration (<c>--Logging:LogLevel:Default</c>).</summary>
    private static IEnumerable<string> WhatIsWrong(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var name = args[i].Split('=')[0];
            if (!name.Contains(':', StringComparison.Ordinal) && !Known.Contains(name))
                yield return Describe(name);
            else if (name == args[i] && i == args.Length - 1)
                yield return $"The option '{name}' has no value; write one behind it.";
            if (name == args[i])
                i++;
        }
    }

    private static string Describe(string option)
    {
        var hint = NearestKey.Of(option, Known) is { } nearest ? $"did you mean '{nearest}'?" : $"there are {string.Join(", ", Known.Order(StringComparer.Ordinal))}.";
        return $"There is no option '{option}'; {hint}";
    }

    private static string KeyOf(string name) => $"{ProgramContract.ArgsSection}:{name}";
}
