namespace Serve.Specs.Placement;

/// <summary>Checks what no single key of a deployment's placement can tell. Pure.</summary>
internal static class PlacementRules
{
    private const double MaxAmount = 1e12;
    private const double MaxMemory = 1e14;

    /// <summary>What is wrong with one layer of options: the key below the deployment, and why.</summary>
    public static IEnumerable<(string Key, string Message)> Check(DeploymentOptions options) =>
        [.. options.Resources is { } resources ? Check(resources) : [], .. CheckGroup(options)];

    /// <summary>What is wrong with a deployment whose layers lie over each other, or null.</summary>
    public static string? WhatIsWrong(DeploymentSpec spec)
    {
        if (spec.PlacementGroupBundles is not { Count: > 0 } bundles)
        {
            return spec.PlacementGroupBundleLabelSelector is null
                ? null
                : $"Deployment '{spec.Name}' has a placement_group_bundle_label_selector and no placement_group_bundles to select nodes for.";
        }

        if (!bundles[0].Covers(spec.Resources.Bundle))
            return $"Deployment '{spec.Name}' runs its replicas in the first of its placement_group_bundles, which has {bundles[0]}; ray_actor_options ask for {spec.Resources.Bundle}. Raise the bundle or lower the options (num_cpus is 1 unless you say otherwise).";
        if (spec.MaxReplicasPerNode is not null)
            return $"Deployment '{spec.Name}' has max_replicas_per_node and placement_group_bundles; use one of them.";
        if (spec.Resources.LabelSelector.Terms.Length > 0 || spec.Resources.FallbackStrategy.Count > 0)
            return $"Deployment '{spec.Name}' has placement_group_bundles, so that label_selector and fallback_strategy of ray_actor_options have no effect; use placement_group_bundle_label_selector.";
        return spec.PlacementGroupBundleLabelSelector is { } selectors && selectors.Count != 1 && selectors.Count != bundles.Count
            ? $"Deployment '{spec.Name}' has {selectors.Count} entries in placement_group_bundle_label_selector; write one for all bundles, or one for each of the {bundles.Count}."
            : null;
    }

    private static IEnumerable<(string Key, string Problem)> Check(ResourceOptions options)
    {
        const string Path = "ray_actor_options";
        if (WhatIsWrongWithAmount(options.Cpus ?? 0) is { } cpus)
            yield return ($"{Path}.num_cpus", cpus);
        if (WhatIsWrongWithGpus(options.Gpus ?? 0) is { } gpus)
            yield return ($"{Path}.num_gpus", gpus);
        foreach (var (name, amount) in options.Custom ?? new Dictionary<string, double>())
        {
            var wrong = name switch
            {
                ResourceBundle.CpuName or ResourceBundle.GpuName or ResourceBundle.MemoryName => $"'{name}' has a key of its own; use num_cpus, num_gpus or memory.",
                _ => WhatIsWrongWithName(name) ?? WhatIsWrongWithAmount(amount),
            };
            if (wrong is not null)
                yield return ($"{Path}.resources", $"{name}: {wrong}");
        }

        if (options.AcceleratorType is { } type && WhatIsWrongWithName(type) is { } wrongType)
            yield return ($"{Path}.accelerator_type", wrongType);
        foreach (var problem in CheckSelector(options.LabelSelector))
            yield return ($"{Path}.label_selector", problem);
        var fallbacks = options.FallbackStrategy ?? [];
        for (var i = 0; i < fallbacks.Count; i++)
        {
            foreach (var problem in CheckSelector(fallbacks[i].LabelSelector))
                yield return ($"{Path}.fallback_strategy[{i}].label_selector", problem);
        }
    }

    private static IEnumerable<(string Key, string Problem)> CheckGroup(DeploymentOptions options)
    {
        const int MaxBundles = 100;
        var bundles = options.PlacementGroupBundles;
        if (bundles is { Count: 0 or > MaxBundles })
            yield return ("placement_group_bundles", $"there are {bundles.Count} bundles; there must be 1 to {MaxBundles}.");
        for (var i = 0; i < bundles?.Count; i++)
        {
            foreach (var problem in CheckBundle(bundles[i]))
                yield return ($"placement_group_bundles[{i}]", problem);
        }

        for (var i = 0; i < options.PlacementGroupBundleLabelSelector?.Count; i++)
        {
            foreach (var problem in CheckSelector(options.PlacementGroupBundleLabelSelector[i]))
                yield return ($"placement_group_bundle_label_selector[{i}]", problem);
        }
    }

    private static IEnumerable<string> CheckBundle(IReadOnlyDictionary<string, double> bundle)
    {
        if (bundle.Values.All(amount => amount == 0))
            yield return "the bundle reserves nothing; give at least one amount over 0.";
        foreach (var (name, amount) in bundle)
        {
            var wrong = name switch
            {
                ResourceBundle.GpuName => WhatIsWrongWithGpus(amount),
                ResourceBundle.MemoryName => amount is >= 0 and <= MaxMemory ? null : $"{amount} is out of range; it must be at least 0 and at most {MaxMemory}.",
                _ => WhatIsWrongWithName(name) ?? WhatIsWrongWithAmount(amount),
            };
            if (wrong is not null)
                yield return $"{name}: {wrong}";
        }
    }

    private static IEnumerable<string> CheckSelector(IReadOnlyDictionary<string, string>? selector) =>
        from pair in selector ?? new Dictionary<string, string>()
        let wrong = LabelRules.WhatIsWrongWithKey(pair.Key) ?? LabelRules.WhatIsWrongWithTerm(pair.Value)
        where wrong is not null
        select $"{pair.Key}: {wrong}";

    private static string? WhatIsWrongWithName(string name) =>
        name.Length is 0 or > 200 || name.Any(character => char.IsControl(character) || char.IsWhiteSpace(character) || character is '=' or ',')
            ? $"'{name}' is no name of a resource; it has 1 to 200 characters and no space, '=' or ','."
            : null;

    private static string? WhatIsWrongWithAmount(double amount) => amount switch
    {
        < 0 or > MaxAmount => $"{amount} is out of range; it must be at least 0 and at most {MaxAmount}.",
        > 0 when ResourceAmount.From(amount) == ResourceAmount.Zero => $"{amount} is less than the smallest amount, 0.0001; use 0 or more.",
        _ => null,
    };

    private static string? WhatIsWrongWithGpus(double gpus) =>
        gpus > 1 && gpus != Math.Floor(gpus) ? $"{gpus} is neither a fraction of one GPU nor a whole number of GPUs." : WhatIsWrongWithAmount(gpus);
}
