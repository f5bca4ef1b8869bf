using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Serve.Telemetry.Logs;

/// <summary>What entries have in common in every format: levels with Python's names, times, and the values of a message that say which request it is about.</summary>
internal static class EntryNames
{
    /// <summary>What a message has in the place of something that is not known.</summary>
    public const string Nothing = "-";

    private const string Template = "{OriginalFormat}";

    /// <summary>Values of messages that stand beside the message under a name of their own, as where the whole process has one.</summary>
    private static readonly Dictionary<string, string> Lifted = new(StringComparer.Ordinal)
    {
        ["RequestId"] = "request_id",
        ["Route"] = TelemetryTags.Route,
        ["Application"] = TelemetryTags.Application,
        ["Deployment"] = TelemetryTags.Deployment,
        ["Replica"] = TelemetryTags.Replica,
    };

    public static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };

    public static string TimeOf(TimeProvider timeProvider) => timeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>The values that stand in the message, by their names.</summary>
    public static IReadOnlyDictionary<string, string?> ValuesOf<TState>(TState state)
    {
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
            return found;
        foreach (var (name, value) in values)
        {
            if (name != Template)
                found.TryAdd(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        return found;
    }

    /// <summary>Those of the values that say which request the entry is about, under their own names.</summary>
    public static IEnumerable<KeyValuePair<string, string>> SubjectOf(IReadOnlyDictionary<string, string?> values) =>
        from value in values
        where value.Value is { Length: > 0 } and not Nothing && Lifted.ContainsKey(value.Key)
        select KeyValuePair.Create(Lifted[value.Key], value.Value!);
}
