using System.Globalization;
using System.Text.RegularExpressions;

namespace Serve.Testing;

/// <summary>
/// Reads a page of metrics as strictly as the text formats of Prometheus and OpenMetrics are written down, and tells all that is wrong:
/// one HELP and one TYPE before a family's samples, families in one piece, no series twice, whole histograms, names and escapes.
/// </summary>
public static partial class ExpositionCheck
{
    private static readonly string[] HistogramParts = ["_bucket", "_sum", "_count"];

    public static IReadOnlyList<string> WhatIsWrong(string page, bool isOpenMetrics = false)
    {
        var wrong = new List<string>();
        var families = new Dictionary<string, string>(StringComparer.Ordinal);
        var helped = new HashSet<string>(StringComparer.Ordinal);
        var series = new HashSet<string>(StringComparer.Ordinal);
        var buckets = new Dictionary<string, List<(double Bound, double Count)>>(StringComparer.Ordinal);
        var counts = new Dictionary<string, double>(StringComparer.Ordinal);
        var current = "";
        if (page.Length > 0 && !page.EndsWith('\n'))
            wrong.Add("the last line does not end");
        if (isOpenMetrics != page.EndsWith("# EOF\n", StringComparison.Ordinal))
            wrong.Add("EOF is for OpenMetrics, and must be there");
        foreach (var line in page.Split('\n')[..^1].Where(line => line != "# EOF"))
        {
            if (Comment().Match(line) is { Success: true } comment)
                ReadComment(comment);
            else if (Sample().Match(line) is { Success: true } sample)
                ReadSample(line, sample);
            else
                wrong.Add($"not a line of the format: {line}");
        }

        CheckBuckets();
        return wrong;

        void ReadComment(Match comment)
        {
            var name = comment.Groups["name"].Value;
            if (comment.Groups["kind"].Value == "HELP" && !helped.Add(name))
                wrong.Add($"second HELP of {name}");
            if (comment.Groups["kind"].Value != "TYPE")
                return;
            if (!families.TryAdd(name, comment.Groups["rest"].Value))
                wrong.Add($"second TYPE of {name}");
            if (comment.Groups["rest"].Value is not ("counter" or "gauge" or "histogram"))
                wrong.Add($"unknown TYPE of {name}");
            current = name;
        }

        void ReadSample(string line, Match sample)
        {
            var name = sample.Groups["name"].Value;
            var labels = sample.Groups["labels"].Value;
            if (!double.TryParse(sample.Groups["value"].Value.Replace("Inf", "Infinity", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                wrong.Add($"not a number: {line}");
            if (!series.Add($"{name}{{{labels}}}"))
                wrong.Add($"twice: {name}{{{labels}}}");
            var names = Label().Matches(labels).Select(label => label.Groups["name"].Value).ToList();
            if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
                wrong.Add($"a label twice: {line}");
            CheckFamily(line, name);
            Remember(name, labels, value);
        }

        void CheckFamily(string line, string name)
        {
            var type = families.GetValueOrDefault(current, "");
            var expected = type switch
            {
                "counter" => isOpenMetrics ? name == current + "_total" : name == current && name.EndsWith("_total", StringComparison.Ordinal),
                "histogram" => HistogramParts.Any(part => name == current + part),
                _ => name == current,
            };
            if (!expected)
                wrong.Add($"not part of the family {current}: {line}");
            if (!helped.Contains(current))
                wrong.Add($"no HELP of {current}");
        }

        void Remember(string name, string labels, double value)
        {
            if (families.GetValueOrDefault(current) != "histogram")
                return;
            if (name.EndsWith("_bucket", StringComparison.Ordinal) && Bound().Match(labels) is { Success: true } bound)
            {
                var key = current + Bound().Replace(labels, "").TrimEnd(',');
                var at = bound.Groups["bound"].Value == "+Inf" ? double.PositiveInfinity : double.Parse(bound.Groups["bound"].Value, CultureInfo.InvariantCulture);
                (buckets.TryGetValue(key, out var known) ? known : buckets[key] = []).Add((at, value));
            }
            else if (name.EndsWith("_count", StringComparison.Ordinal))
            {
                counts[current + labels] = value;
            }
        }

        void CheckBuckets()
        {
            foreach (var (key, list) in buckets)
            {
                if (!list.Select(bucket => bucket.Bound).SequenceEqual(list.Select(bucket => bucket.Bound).Order()) || !list.Select(bucket => bucket.Count).SequenceEqual(list.Select(bucket => bucket.Count).Order()))
                    wrong.Add($"buckets do not grow: {key}");
                if (!double.IsPositiveInfinity(list[^1].Bound) || counts.GetValueOrDefault(key, -1) != list[^1].Count)
                    wrong.Add($"the last bucket is not the count: {key}");
            }
        }
    }

    [GeneratedRegex(@"^# (?<kind>HELP|TYPE|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)+)\})? (?<value>\S+)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="([^"\\]|\\.)*"(,|$)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex("""le="(?<bound>[^"]*)",?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bound();
}
