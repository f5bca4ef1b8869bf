using System.Collections.Immutable;
using Serve.Specs.Placement;

namespace Serve.Specs;

/// <summary>An amount of a resource in steps of 1/10000, so that sums of fractions are exact.</summary>
internal readonly record struct ResourceAmount(long Units) : IComparable<ResourceAmount>
{
    public const int UnitsPerOne = 10_000;

    public static readonly ResourceAmount Zero;

    public static readonly ResourceAmount One = new(UnitsPerOne);

    /// <summary>The nearest step. Whole and broken part are taken apart, so that a count of bytes stays exact.</summary>
    public static ResourceAmount From(double value)
    {
        var whole = Math.Floor(value);
        return new(((long)whole * UnitsPerOne) + (long)Math.Round((value - whole) * UnitsPerOne));
    }

    public double Value => (double)Units / UnitsPerOne;

    public int CompareTo(ResourceAmount other) => Units.CompareTo(other.Units);

    public override string ToString() => Value.ToString("0.####");

    /// <summary>An amount of memory in the words of a message.</summary>
    public string ToByteText() => Value switch
    {
        >= 1L << 30 => $"{Value / (1L << 30):0.##} GiB",
        >= 1L << 20 => $"{Value / (1L << 20):0.##} MiB",
        _ => $"{Value:0.####} bytes",
    };

    public static ResourceAmount operator +(ResourceAmount left, ResourceAmount right) => new(left.Units + right.Units);

    public static ResourceAmount operator -(ResourceAmount left, ResourceAmount right) => new(left.Units - right.Units);

    public static bool operator <(ResourceAmount left, ResourceAmount right) => left.Units < right.Units;

    public static bool operator >(ResourceAmount left, ResourceAmount right) => left.Units > right.Units;

    public static bool operator <=(ResourceAmount left, ResourceAmount right) => left.Units <= right.Units;

    public static bool operator >=(ResourceAmount left, ResourceAmount right) => left.Units >= right.Units;
}

/// <summary>What one replica reserves, and of which nodes.</summary>
internal sealed record ResourceSpec(ResourceAmount Cpus, ResourceAmount Gpus)
{
    public static readonly ResourceSpec Default = new(ResourceAmount.One, ResourceAmount.Zero);

    /// <summary>In bytes.</summary>
    public ResourceAmount Memory { get; init; }

    /// <summary>Resources that only the operator knows, by name.</summary>
    public ImmutableSortedDictionary<string, ResourceAmount> Custom { get; init; } = ResourceBundle.NoCustom;

    public string? AcceleratorType { get; init; }

    public LabelSelector LabelSelector { get; init; } = LabelSelector.Any;

    /// <summary>What to select by, in this order, where no node of the one before has room.</summary>
    public IReadOnlyList<LabelSelector> FallbackStrategy { get; init; } = [];

    /// <summary>All amounts, the accelerator's type as one of them.</summary>
    public ResourceBundle Bundle => new()
    {
        Cpus = Cpus,
        Gpus = Gpus,
        Memory = Memory,
        Custom = AcceleratorType is null ? Custom : Custom.SetItem(ResourceBundle.AcceleratorTypePrefix + AcceleratorType, ResourceBundle.AcceleratorTypeShare),
    };

    public ResourceSpec Override(ResourceOptions? options) => options is null
        ? this
        : new(
            options.Cpus is { } cpus ? ResourceAmount.From(cpus) : Cpus,
            options.Gpus is { } gpus ? ResourceAmount.From(gpus) : Gpus)
        {
            Memory = options.Memory is { } memory ? ResourceAmount.From(memory) : Memory,
            Custom = options.Custom is { } custom ? ResourceBundle.From(custom).Custom : Custom,
            AcceleratorType = options.AcceleratorType ?? AcceleratorType,
            LabelSelector = options.LabelSelector is { } selector ? LabelSelector.Of(selector) : LabelSelector,
            FallbackStrategy = options.FallbackStrategy is { } fallbacks ? [.. fallbacks.Select(fallback => LabelSelector.Of(fallback.LabelSelector))] : FallbackStrategy,
        };
}
