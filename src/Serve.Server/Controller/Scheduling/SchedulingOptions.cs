namespace Serve.Server.Controller.Scheduling;

/// <summary>How replicas are laid on nodes.</summary>
internal sealed record SchedulingOptions
{
    public NodePreference Preference { get; init; } = NodePreference.Spread;

    /// <summary>How often to look whether the replicas of a node fit on others; null never moves any. Only with <see cref="NodePreference.Pack"/>.</summary>
    public TimeSpan? CompactionPeriod { get; init; }
}

/// <summary>Which of several nodes with room a replica gets.</summary>
internal enum NodePreference
{
    /// <summary>The one with the fewest replicas of the same deployment, then the emptiest.</summary>
    Spread,

    /// <summary>The fullest, so that few nodes are in use.</summary>
    Pack,
}
