using Serve.Specs.Parsing;
using Serve.Wire.Control;

namespace Serve.Specs.Autoscaling;

/// <summary>What is wrong with policies that only the document and the program together can tell.</summary>
internal static class PolicyRules
{
    /// <param name="application">The application.</param>
    /// <param name="deployments">Its deployments with every option decided.</param>
    /// <param name="program">What the program has.</param>
    public static string? WhatIsWrong(ApplicationSpec application, IReadOnlyList<DeploymentSpec> deployments, ProgramDescription program)
    {
        if (PolicySpec.From(application.Policy) is { } whole && WhatIsWrong(application.Name, whole, deployments, program.ApplicationPolicies ?? []) is { } problem)
            return problem;
        return deployments.Select(spec => spec.Autoscaling?.Policy is { } policy ? WhyUnknown($"The deployment '{spec.Name}' names the policy_function", policy.Name, nameof(IAutoscalingPolicy), program.Policies ?? []) : null)
            .FirstOrDefault(static unknown => unknown is not null);
    }

    /// <summary>Of two policies for one deployment one would not be asked.</summary>
    /// <param name="policy">The application's policy.</param>
    /// <param name="deployments">Those that name one of their own.</param>
    public static string TwoPolicies(string policy, IEnumerable<string> deployments) =>
        $"'{policy}' decides for all deployments of the application, so that no policy of {string.Join(", ", deployments.Select(static name => $"'{name}'"))} would be asked; remove the one or the other.";

    private static string? WhatIsWrong(string application, PolicySpec policy, IReadOnlyList<DeploymentSpec> deployments, IReadOnlyList<string> known)
    {
        if (deployments.All(static spec => spec.Autoscaling is null))
            return $"The autoscaling_policy '{policy.Name}' of the application has nothing to decide: no deployment of it has an autoscaling_config, or num_replicas: auto; give it to those that the policy shall scale.";
        if (deployments.Where(static spec => spec.Autoscaling?.Policy is not null).Select(static spec => spec.Name).ToList() is { Count: > 0 } own)
            return $"autoscaling_policy of application '{application}': {TwoPolicies(policy.Name, own)}";
        return WhyUnknown($"Application '{application}' names the autoscaling_policy", policy.Name, nameof(IApplicationAutoscalingPolicy), known);
    }

    private static string? WhyUnknown(string who, string name, string contract, IReadOnlyList<string> known)
    {
        if (known.Contains(name, StringComparer.Ordinal))
            return null;
        var hint = NearestKey.Of(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        var all = known.Count == 0 ? "it has none" : $"it has {string.Join(", ", known.Select(static each => $"'{each}'"))}";
        return $"{who} '{name}', but the program has no class of that full name that implements {contract}; {all}.{hint}";
    }
}
