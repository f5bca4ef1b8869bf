namespace Serve.Specs.Autoscaling;

/// <summary>The windows of a deployment; equal to another set that says the same.</summary>
internal sealed class ScheduleSet : IEquatable<ScheduleSet>
{
    /// <summary>A window that begins less often than this is looked for again from time to time.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(8);

    public static readonly ScheduleSet Empty = new([]);

    private readonly IReadOnlyList<(ScheduleOptions Options, CronExpression Cron, TimeZoneInfo Zone)> _windows;

    /// <param name="windows">Windows that <see cref="ScheduleOptions.WhatIsWrong"/> has nothing to say about.</param>
    public ScheduleSet(IReadOnlyList<ScheduleOptions> windows)
    {
        Windows = windows;
        _windows = [.. from options in windows
                       let cron = CronExpression.Parse(options.Cron).Cron
                       where cron is not null && TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _)
                       select (options, cron, TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone))];
    }

    public IReadOnlyList<ScheduleOptions> Windows { get; }

    /// <summary>The window that holds at a time, or null. Where several do, it is the one that stands last.</summary>
    public ScheduleOptions? At(DateTimeOffset now) => _windows.LastOrDefault(window => BeginOf(window, now) is not null).Options;

    /// <summary>Until when <see cref="At"/> has the same answer, or null where there are no windows.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset now)
    {
        if (_windows.Count == 0)
            return null;
        var begins = _windows.Select(window => window.Cron.Next(now, window.Zone, Horizon) ?? now + Horizon);
        var ends = from window in _windows
                   let begin = BeginOf(window, now)
                   where begin is not null
                   select begin.Value + window.Options.Duration;
        return begins.Concat(ends).Min();
    }

    public bool Equals(ScheduleSet? other) => other is not null && Windows.SequenceEqual(other.Windows);

    public override bool Equals(object? obj) => Equals(obj as ScheduleSet);

    public override int GetHashCode() => Windows.Count == 0 ? 0 : Windows[0].GetHashCode();

    private static DateTimeOffset? BeginOf((ScheduleOptions Options, CronExpression Cron, TimeZoneInfo Zone) window, DateTimeOffset now) =>
        window.Cron.Last(now, window.Zone, window.Options.Duration) is { } begin && begin + window.Options.Duration > now ? begin : null;
}
