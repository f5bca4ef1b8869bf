using Serve.Specs.Parsing;

namespace Serve.Routing.Outliers;

/// <summary>When a replica that does worse than its peers gets less, then nothing, and when it is tried again. The same names as in Envoy's outlier detection where they mean the same.</summary>
internal sealed record OutlierRules
{
    public static readonly OutlierRules Standard = new();

    [Key("enabled", "Whether replicas that fail or are far slower than their peers are left out for a while.")]
    public bool IsEnabled { get; init; } = true;

    [Key("consecutive_failures", "After how many failures in a row, with no answer between, a replica is left out.", Minimum = 1, Maximum = 10_000)]
    public int FailuresInRow { get; init; } = 5;

    [Key("failure_share", "The share of its requests that a replica may fail beyond what its median peer fails.", Minimum = 0, ExclusiveMinimum = true, Maximum = 1)]
    public double FailureShare { get; init; } = 0.3;

    [Key("slowness", "How many times as long as its median peer a replica may take until it answers. From 1.5 times on it gets less.", Minimum = 1.5, Maximum = 1000)]
    public double Slowness { get; init; } = 5;

    [Key("base_ejection_time_s", "How long a replica is left out the first time; twice as long each time in a row, up to a minute or to this time if that is longer.", Minimum = 0, ExclusiveMinimum = true, Maximum = 3600)]
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(5);

    [Key("max_ejection_percent", "How many of the replicas may be left out at the same time; one in any case, but never the only one.", Minimum = 0, Maximum = 100, Unit = "percent")]
    public double MaxEjectedPercent { get; init; } = 30;

    /// <summary>The longest time out.</summary>
    public TimeSpan LongestEjection => EjectionTime > TimeSpan.FromMinutes(1) ? EjectionTime : TimeSpan.FromMinutes(1);

    /// <summary>How many of so many replicas may be left out.</summary>
    public int MostEjected(int replicas) => replicas <= 1 ? 0 : Math.Clamp((int)(replicas * MaxEjectedPercent / 100), 1, replicas - 1);
}
