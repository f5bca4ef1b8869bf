namespace Serve.Specs;

/// <summary>What no single option of a deployment can tell. The same for the document and for code.</summary>
internal static class DeploymentRules
{
    /// <returns>Each option, below the deployment, with what is wrong about it.</returns>
    public static IEnumerable<(string Key, string Message)> Check(DeploymentOptions options)
    {
        if (options.MaxQueuedRequests == 0)
            yield return ("max_queued_requests", "0 is not allowed; use at least 1, or −1 for no bound.");
        if (options is { Autoscaling: not null, NumReplicas: { IsAuto: false } number })
            yield return ("num_replicas", $"{number} stands beside an autoscaling_config, which decides the number; remove one of them, or write num_replicas: auto.");
        if (options.Autoscaling is { } autoscaling)
        {
            foreach (var (key, message) in autoscaling.WhatIsWrong(options.NumReplicas is { IsAuto: true }))
                yield return ($"autoscaling_config.{key}", message);
        }
    }

    /// <summary>Whether load shall decide how many replicas there are.</summary>
    public static bool ScalesItself(DeploymentOptions options) => options is { Autoscaling: not null } or { NumReplicas.IsAuto: true };

    public static string TwoScalers(IReadOnlyList<string> deployments) =>
        $"external_scaler_enabled says that something outside decides how many replicas there are, but load shall decide for {string.Join(", ", deployments.Select(name => $"'{name}'"))}; remove the one or the other (autoscaling_config, num_replicas: auto).";
}
