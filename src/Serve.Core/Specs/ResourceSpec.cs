namespace Serve.Specs;

/// <summary>An amount of a resource in steps of 1/10000, so that sums of fractions are exact.</summary>
internal readonly record struct ResourceAmount(long Units) : IComparable<ResourceAmount>
{
    public const int UnitsPerOne = 10_000;

    public static readonly ResourceAmount Zero;

    public static readonly ResourceAmount One = new(UnitsPerOne);

    public static ResourceAmount From(double value) => new((long)Math.Round(value * UnitsPerOne));

    public double Value => (double)Units / UnitsPerOne;

    public int CompareTo(ResourceAmount other) => Units.CompareTo(other.Units);

    public override string ToString() => Value.ToString("0.####");

    public static ResourceAmount operator +(ResourceAmount left, ResourceAmount right) => new(left.Units + right.Units);

    public static ResourceAmount operator -(ResourceAmount left, ResourceAmount right) => new(left.Units - right.Units);

    public static bool operator <(ResourceAmount left, ResourceAmount right) => left.Units < right.Units;

    public static bool operator >(ResourceAmount left, ResourceAmount right) => left.Units > right.Units;

    public static bool operator <=(ResourceAmount left, ResourceAmount right) => left.Units <= right.Units;

    public static bool operator >=(ResourceAmount left, ResourceAmount right) => left.Units >= right.Units;
}

/// <summary>What one replica reserves.</summary>
internal sealed record ResourceSpec(ResourceAmount Cpus, ResourceAmount Gpus)
{
    public static readonly ResourceSpec Default = new(ResourceAmount.One, ResourceAmount.Zero);

    public ResourceSpec Override(ResourceOptions? options) => options is null
        ? this
        : new(
            options.Cpus is { } cpus ? ResourceAmount.From(cpus) : Cpus,
            options.Gpus is { } gpus ? ResourceAmount.From(gpus) : Gpus);
}
