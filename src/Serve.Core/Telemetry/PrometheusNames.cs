using System.Text;

namespace Serve.Telemetry;

/// <summary>Turns the names and units of instruments into Prometheus': <c>serve.http_request_latency</c> in <c>s</c> becomes <c>serve_http_request_latency_seconds</c>.</summary>
internal static class PrometheusNames
{
    /// <summary>What each sample of a counter ends with.</summary>
    public const string CounterSuffix = "_total";

    /// <summary>The name of a family, without <see cref="CounterSuffix"/>, and the unit that it ends with.</summary>
    public static (string Name, string Unit) Of(string instrument, string? unit, MetricKind kind)
    {
        var name = Clean(instrument, isLabel: false);
        if (kind == MetricKind.Counter && name.EndsWith(CounterSuffix, StringComparison.Ordinal))
            name = name[..^CounterSuffix.Length];
        // A scraper would take it for a part of a histogram.
        if (kind == MetricKind.Gauge && name.EndsWith("_count", StringComparison.Ordinal))
            name = name[..^"count".Length] + "number";
        var word = UnitOf(unit, kind);
        if (word.Length > 0 && !name.EndsWith("_" + word, StringComparison.Ordinal))
            name = $"{name}_{word}";
        return (name, word);
    }

    /// <summary>A name of the letters that Prometheus allows; each run of others becomes one underscore.</summary>
    public static string Clean(string name, bool isLabel)
    {
        if (IsClean(name, isLabel))
            return name;
        var clean = new StringBuilder(name.Length + 1);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character) || (character == ':' && !isLabel))
                clean.Append(character);
            else if (clean.Length == 0 || clean[^1] != '_')
                clean.Append('_');
        }

        if (clean.Length == 0 || char.IsAsciiDigit(clean[0]))
            clean.Insert(0, '_');
        return clean.ToString();
    }

    private static bool IsClean(string name, bool isLabel)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_' && (character != ':' || isLabel))
                return false;
        }

        return true;
    }

    private static string UnitOf(string? unit, MetricKind kind) => unit switch
    {
        null or "" => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "%" => "percent",
        "Cel" => "celsius",
        "W" => "watts",
        "J" => "joules",
        // Of a histogram too: a share is a share.
        "1" => kind == MetricKind.Counter ? "" : "ratio",
        _ when unit.StartsWith('{') => "",
        _ => Clean(unit.Replace("/", "_per_", StringComparison.Ordinal), isLabel: false).Trim('_'),
    };
}
