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
        if (options is { StandbyReplicas: { } standbys } && ScalesItself(options) && DeploymentSpec.Resolve(options.Name, options).Autoscaling is { } bounds && standbys > bounds.MaxReplicas - bounds.MinReplicas)
            yield return ("standby_replicas", $"{standbys} is more than can ever be needed at once: the number of replicas moves between {bounds.MinReplicas} and {bounds.MaxReplicas} (min_replicas, max_replicas), and standbys count towards the most.");
        foreach (var (key, message) in options.RequestRouter?.WhatIsWrong() ?? [])
            yield return ($"request_router_config.{key}", message);
        if (options.Autoscaling is { } autoscaling)
        {
            foreach (var (key, message) in autoscaling.WhatIsWrong(options.NumReplicas is { IsAuto: true }))
                yield return ($"autoscaling_config.{key}", message);
        }
    }

    /// <summary>What is wrong with a router of the program's own, which only the program can tell.</summary>
    /// <param name="spec">The deployment.</param>
    /// <param name="isIngress">Whether it takes requests from outside.</param>
    /// <param name="routers">The program's routers, by the full names of their classes.</param>
    public static string? WhatIsWrongWithRouter(DeploymentSpec spec, bool isIngress, IReadOnlyList<string> routers)
    {
        if (spec.Routing.Router is not { } router)
            return null;
        if (isIngress)
            return $"The deployment '{spec.Name}' takes requests from outside, and names the request_router_class '{router}'. Its replicas are chosen by the proxy, which does not have the program's code; remove the key, or let the ingress call another deployment that names the router.";
        if (routers.Contains(router, StringComparer.Ordinal))
            return null;
        var known = routers.Count == 0 ? "it has none" : $"it has {string.Join(", ", routers.Select(name => $"'{name}'"))}";
        return $"The deployment '{spec.Name}' names the request_router_class '{router}', but the program has no class of that full name that implements IRequestRouter; {known}.";
    }

    /// <summary>Whether load shall decide how many replicas there are.</summary>
    public static bool ScalesItself(DeploymentOptions options) => options is { Autoscaling: not null } or { NumReplicas.IsAuto: true };

    public static string TwoScalers(IReadOnlyList<string> deployments) =>
        $"external_scaler_enabled says that something outside decides how many replicas there are, but load shall decide for {string.Join(", ", deployments.Select(name => $"'{name}'"))}; remove the one or the other (autoscaling_config, num_replicas: auto).";
}
