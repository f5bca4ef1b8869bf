using Serve.Specs.Parsing;

namespace Serve.Specs.Autoscaling;

/// <summary>Other bounds for some hours.</summary>
internal sealed record ScheduleOptions
{
    /// <summary>No window may be longer, so that finding the one that holds costs little.</summary>
    private const double LongestSeconds = 7 * 24 * 3600;

    [Key("cron", "When the window begins: minute, hour, day of the month, month, day of the week, for instance '0 8 * * mon-fri'.", Required = true)]
    public string Cron { get; init; } = "";

    [Key("duration_s", "How long the window lasts.", Required = true, Minimum = 60, Maximum = LongestSeconds)]
    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(1);

    [Key("min_replicas", "The fewest replicas in the window; as outside of it where it is not set.", Minimum = 0, Maximum = 100_000)]
    public int? MinReplicas { get; init; }

    [Key("max_replicas", "The most replicas in the window; as outside of it where it is not set.", Minimum = 1, Maximum = 100_000)]
    public int? MaxReplicas { get; init; }

    [Key("timezone", "Whose clock cron means, for instance Europe/Berlin.")]
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What no single key can tell.</summary>
    /// <param name="around">The bounds outside of the window.</param>
    public (string Key, string Message)? WhatIsWrong(AutoscalingSpec around)
    {
        if (CronExpression.Parse(Cron).Problem is { } problem)
            return ("cron", problem);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            return ("timezone", $"this machine knows no time zone '{TimeZone}'; write one such as UTC or Europe/Berlin.");
        if (MinReplicas is null && MaxReplicas is null)
            return ("min_replicas", "the window has neither min_replicas nor max_replicas, so it would change nothing; give one of them.");
        var (min, max) = (MinReplicas ?? around.MinReplicas, MaxReplicas ?? around.MaxReplicas);
        return min > max ? ("min_replicas", $"in the window the fewest would be {min} and the most {max}; give it both bounds.") : null;
    }
}

/// <summary>Expects that the load repeats itself, and starts replicas before it comes.</summary>
internal sealed record ForecastOptions
{
    private const double LongestSeconds = 31 * 24 * 3600;

    [Key("period_s", "After which time the load repeats itself, for instance 86400 for a day.", Required = true, Minimum = 60, Maximum = LongestSeconds)]
    public TimeSpan Period { get; init; } = TimeSpan.FromDays(1);

    [Key("ahead_s", "How far to look ahead: about as long as a replica takes to start.", Minimum = 0, Maximum = 3600)]
    public TimeSpan Ahead { get; init; } = TimeSpan.FromSeconds(60);

    [Key("periods", "How many periods must have been seen before the forecast counts.", Minimum = 1, Maximum = 100)]
    public int Periods { get; init; } = 2;
}
