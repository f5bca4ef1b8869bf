using System.Collections.Immutable;

namespace Serve.Specs.Placement;

/// <summary>Amounts that are reserved together on one node: what a replica needs, or one bundle of its placement group.</summary>
internal sealed record ResourceBundle
{
    /// <summary>The names of CPUs, GPUs and memory where a bundle is written as a mapping of amounts, as in <c>{CPU: 1, GPU: 0.5, tpu: 2}</c>.</summary>
    public const string CpuName = "CPU";

    /// <inheritdoc cref="CpuName"/>
    public const string GpuName = "GPU";

    /// <inheritdoc cref="CpuName"/>
    public const string MemoryName = "memory";

    /// <summary>A node offers one of the resource with this prefix and its accelerator's type; each user takes a thousandth, so that the type is a condition and no bound.</summary>
    public const string AcceleratorTypePrefix = "accelerator_type:";

    public static readonly ResourceAmount AcceleratorTypeShare = ResourceAmount.From(0.001);

    public static readonly ImmutableSortedDictionary<string, ResourceAmount> NoCustom = ImmutableSortedDictionary.Create<string, ResourceAmount>(StringComparer.Ordinal);

    public ResourceAmount Cpus { get; init; }

    /// <summary>A fraction of one GPU, or a whole number of them.</summary>
    public ResourceAmount Gpus { get; init; }

    /// <summary>In bytes.</summary>
    public ResourceAmount Memory { get; init; }

    /// <summary>Resources that only the operator knows, by name.</summary>
    public ImmutableSortedDictionary<string, ResourceAmount> Custom { get; init; } = NoCustom;

    /// <summary>Equal for bundles that are equal, and only for them.</summary>
    public string Canonical => $"{Cpus.Units} {Gpus.Units} {Memory.Units} {string.Join(' ', Custom.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={pair.Value.Units}"))}";

    public static ResourceBundle From(IReadOnlyDictionary<string, double> amounts)
    {
        var bundle = new ResourceBundle();
        foreach (var (name, value) in amounts)
        {
            var amount = ResourceAmount.From(value);
            bundle = name switch
            {
                CpuName => bundle with { Cpus = amount },
                GpuName => bundle with { Gpus = amount },
                MemoryName => bundle with { Memory = amount },
                _ => bundle with { Custom = bundle.Custom.SetItem(name, amount) },
            };
        }

        return bundle;
    }

    /// <summary>Whether another bundle fits in this one.</summary>
    public bool Covers(ResourceBundle other) =>
        other.Cpus <= Cpus && other.Gpus <= Gpus && other.Memory <= Memory && other.Custom.All(pair => pair.Value <= Custom.GetValueOrDefault(pair.Key));

    /// <summary>In the words of a message, for instance <c>1 CPUs, 0.5 GPUs, 2 GiB memory</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string> { $"{Cpus} CPUs" };
        if (Gpus > ResourceAmount.Zero)
            parts.Add($"{Gpus} GPUs");
        if (Memory > ResourceAmount.Zero)
            parts.Add($"{Memory.ToByteText()} memory");
        parts.AddRange(Custom.Select(pair => $"{pair.Value} {pair.Key}"));
        return string.Join(", ", parts);
    }
}
