using System.Globalization;

namespace Serve.Specs.Autoscaling;

/// <summary>What <c>num_replicas</c> says: a number, or <c>auto</c> for as many as the load needs.</summary>
/// <param name="Number">The number, or null for <c>auto</c>.</param>
internal readonly record struct ReplicaCount(int? Number)
{
    /// <summary>How <c>auto</c> is written.</summary>
    public const string AutoWord = "auto";

    public static readonly ReplicaCount Auto = new(Number: null);

    public bool IsAuto => Number is null;

    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? AutoWord;

    public static implicit operator ReplicaCount(int number) => new(number);
}
