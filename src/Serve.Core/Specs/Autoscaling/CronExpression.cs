using System.Globalization;

namespace Serve.Specs.Autoscaling;

/// <summary>
/// The five fields of a crontab: minute, hour, day of the month, month, day of the week, each <c>*</c>, a number, a range, a list, with
/// steps (<c>*/15</c>, <c>8-18/2</c>); months and days of the week by name too. Where both kinds of days are named, either will do, as in cron.
/// </summary>
internal sealed class CronExpression
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _daysOfMonth;
    private readonly ulong _months;
    private readonly ulong _daysOfWeek;
    private readonly bool _isEitherDay;

    private CronExpression(ulong minutes, ulong hours, ulong daysOfMonth, ulong months, ulong daysOfWeek, bool isEitherDay) =>
        (_minutes, _hours, _daysOfMonth, _months, _daysOfWeek, _isEitherDay) = (minutes, hours, daysOfMonth, months, daysOfWeek, isEitherDay);

    /// <returns>The expression, or what is wrong with it.</returns>
    public static (CronExpression? Cron, string? Problem) Parse(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            return (null, $"'{text}' has {fields.Length} fields; it must have five: minute, hour, day of the month, month, day of the week, for instance '0 8 * * mon-fri'.");
        (string Name, int Least, int Most, string[] Names)[] rules = [("minute", 0, 59, []), ("hour", 0, 23, []), ("day of the month", 1, 31, []), ("month", 1, 12, Months), ("day of the week", 0, 7, Days)];
        var masks = new ulong[5];
        for (var i = 0; i < 5; i++)
        {
            if (ReadField(fields[i], rules[i].Least, rules[i].Most, rules[i].Names) is not { } mask)
                return (null, $"'{fields[i]}' in '{text}' is no {rules[i].Name}; it must be *, or numbers from {rules[i].Least} to {rules[i].Most} as a list (1,2), a range (1-5) or with a step (*/5).");
            masks[i] = mask;
        }

        // Sunday is 0 and 7.
        if ((masks[4] & (1UL << 7)) != 0)
            masks[4] |= 1;
        var isEither = !fields[2].StartsWith('*') && !fields[4].StartsWith('*');
        return (new CronExpression(masks[0], masks[1], masks[2], masks[3], masks[4], isEither), null);
    }

    /// <summary>The last time at or before another one, at most so far back; null where there is none.</summary>
    /// <param name="at">The other time.</param>
    /// <param name="zone">Whose clock counts. A time that its clock leaves out in spring is taken an hour later; one that comes twice in autumn, the first time.</param>
    /// <param name="back">How far back.</param>
    public DateTimeOffset? Last(DateTimeOffset at, TimeZoneInfo zone, TimeSpan back)
    {
        var earliest = at - back;
        for (var day = TimeZoneInfo.ConvertTime(at, zone).Date; day >= TimeZoneInfo.ConvertTime(earliest, zone).Date; day = day.AddDays(-1))
        {
            foreach (var time in TimesOf(day, zone).Reverse().Where(time => time <= at))
                return time >= earliest ? time : null;
        }

        return null;
    }

    /// <summary>The first time after another one, at most so far on; null where there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset at, TimeZoneInfo zone, TimeSpan ahead)
    {
        var latest = at + ahead;
        for (var day = TimeZoneInfo.ConvertTime(at, zone).Date; day <= TimeZoneInfo.ConvertTime(latest, zone).Date; day = day.AddDays(1))
        {
            foreach (var time in TimesOf(day, zone).Where(time => time > at))
                return time <= latest ? time : null;
        }

        return null;
    }

    private IEnumerable<DateTimeOffset> TimesOf(DateTime day, TimeZoneInfo zone)
    {
        if (!Has(_months, day.Month) || !IsDay(day))
            yield break;
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            if (Has(_hours, minute / 60) && Has(_minutes, minute % 60))
                yield return ToTime(day.AddMinutes(minute), zone);
        }
    }

    private bool IsDay(DateTime day)
    {
        var (byMonth, byWeek) = (Has(_daysOfMonth, day.Day), Has(_daysOfWeek, (int)day.DayOfWeek));
        return _isEitherDay ? byMonth || byWeek : byMonth && byWeek;
    }

    private static DateTimeOffset ToTime(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
            local = local.AddHours(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }

    private static ulong? ReadField(string field, int least, int most, string[] names)
    {
        var mask = 0UL;
        foreach (var part in field.Split(','))
        {
            var (range, step) = part.Split('/') switch
            {
                [var whole] => (whole, 1),
                [var whole, var every] when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && (whole == "*" || whole.Contains('-', StringComparison.Ordinal)) => (whole, number),
                _ => ("", 0),
            };
            var (from, to) = range.Split('-') switch
            {
                ["*"] => (least, most),
                [var one] => (Number(one), Number(one)),
                [var first, var last] => (Number(first), Number(last)),
                _ => (-1, -1),
            };
            if (from < least || to > most || from > to)
                return null;
            for (var i = from; i <= to; i += step)
                mask |= 1UL << i;
        }

        return mask;

        int Number(string text)
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
            var index = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
            return index < 0 ? -1 : index + (names.Length == Months.Length ? 1 : 0);
        }
    }

    private static bool Has(ulong mask, int number) => (mask & (1UL << number)) != 0;
}
