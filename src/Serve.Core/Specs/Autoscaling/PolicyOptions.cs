using System.Text.Json.Nodes;
using Serve.Specs.Parsing;

namespace Serve.Specs.Autoscaling;

/// <summary>Who decides how many replicas there are.</summary>
internal sealed record PolicyOptions
{
    public const string Default = "ray.serve.autoscaling_policy:default_autoscaling_policy";

    private const double LongestTimeout = 300;

    [Key("policy_function", "The policy: by default Serve's own, which follows the load. Or the full name of a class of the program that implements IAutoscalingPolicy; for an application's autoscaling_policy IApplicationAutoscalingPolicy.", Differs = "a class of the program in .NET, which decides in one of its replicas")]
    public string Function { get; init; } = Default;

    [Key("policy_kwargs", "What the program's own policy is initialized with.")]
    public JsonObject Arguments { get; init; } = [];

    [Key("timeout_s", "How long the program's own policy may take for a decision. After that, and where it throws, its last good decision stays.", Minimum = 0, ExclusiveMinimum = true, Maximum = LongestTimeout, RayDefault = "no such key", Differs = "a policy that hangs is shown, and does not hold the controller up")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What no single key can tell.</summary>
    /// <param name="contract">The interface that the class must implement.</param>
    public IEnumerable<(string Key, string Message)> WhatIsWrong(string contract)
    {
        if (Function == Default)
        {
            if (Arguments.Count > 0)
                yield return ("policy_kwargs", "Serve's own policy takes no arguments; remove them, or name the policy_function that they are for.");
        }
        else if (Function.Contains(':', StringComparison.Ordinal))
        {
            yield return ("policy_function", $"'{Function}' is a function of Python; give the full name of a class of the program that implements {contract}, for instance Shop.QueuePolicy, or remove the key.");
        }
        else if (Function.Length == 0)
        {
            yield return ("policy_function", $"names no class; give the full name of a class of the program that implements {contract}, or remove the key.");
        }
    }
}

/// <summary>A policy of the program, with what it is to be called with.</summary>
/// <param name="Name">The full name of its class.</param>
/// <param name="Arguments">Its arguments as JSON, so that two policies with the same arguments are equal; null for none.</param>
/// <param name="Timeout">How long a decision may take.</param>
/// <param name="IsWhole">Whether it is the application's, and decides for all its deployments together.</param>
internal sealed record PolicySpec(string Name, string? Arguments, TimeSpan Timeout, bool IsWhole = false)
{
    /// <returns>Null where Serve itself decides.</returns>
    public static PolicySpec? From(PolicyOptions? options) => options is null or { Function: PolicyOptions.Default }
        ? null
        : new PolicySpec(options.Function, options.Arguments.Count == 0 ? null : options.Arguments.ToJsonString(), options.Timeout);

    public PolicyOptions ToOptions() => new() { Function = Name, Arguments = Arguments is null ? [] : JsonNode.Parse(Arguments)!.AsObject(), Timeout = Timeout };
}
