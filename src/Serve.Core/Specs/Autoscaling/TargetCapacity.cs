namespace Serve.Specs.Autoscaling;

/// <summary>Which way <c>target_capacity</c> was changed last.</summary>
internal enum CapacityDirection
{
    /// <summary>It is not set.</summary>
    None,

    Up,

    Down,
}

/// <summary>
/// The share of every deployment's size that the whole server shall have, in percent, while traffic moves from one cluster to another;
/// without a percentage it is all of it. The rules are those of Ray Serve's <c>target_capacity</c>.
/// </summary>
internal readonly record struct TargetCapacity(double? Percent, CapacityDirection Direction)
{
    private const decimal All = 100;

    public static readonly TargetCapacity Whole = new(Percent: null, CapacityDirection.None);

    /// <summary>The capacity after the next document.</summary>
    /// <param name="percent">What the document says.</param>
    /// <param name="isSameSet">Whether it names the applications that are there, and no others. Others than those begin from nothing, so for them it rises.</param>
    public TargetCapacity Next(double? percent, bool isSameSet) => new(percent, DirectionTo(percent, isSameSet));

    /// <summary>The share of a number of replicas: rounded, half up, and never less than one where some were wanted and the share is not zero.</summary>
    public int Of(int replicas)
    {
        if (Percent is not { } percent || replicas == 0)
            return replicas;
        if (percent == 0)
            return 0;
        return Math.Max(1, (int)Math.Round(replicas * (decimal)percent / All, MidpointRounding.AwayFromZero));
    }

    private CapacityDirection DirectionTo(double? percent, bool isSameSet) => (Percent, percent) switch
    {
        (_, null) => CapacityDirection.None,
        _ when !isSameSet => CapacityDirection.Up,
        (null, _) => CapacityDirection.Down,
        ({ } before, { } after) when before == after => Direction,
        ({ } before, { } after) => before < after ? CapacityDirection.Up : CapacityDirection.Down,
    };
}
