using System.Globalization;
using System.Text;

namespace Serve.Telemetry;

/// <summary>Writes the lines of series: <c>name{label="value"} 1</c>.</summary>
internal sealed class SampleWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>The labels that the next lines have, inside their braces.</summary>
    public string Labels { get; private set; } = "";

    public override string ToString() => _text.ToString();

    /// <summary>Sets the labels of the next lines. Of two with one name the first holds.</summary>
    public void UseLabels(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var name = PrometheusNames.Clean(key, isLabel: true);
            if (!seen.Add(name))
                continue;
            if (labels.Length > 0)
                labels.Append(',');
            labels.Append(name).Append("=\"").Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }

        Labels = labels.ToString();
    }

    public void Write(string name, string suffix, double value)
    {
        _text.Append(name).Append(suffix);
        if (Labels.Length > 0)
            _text.Append('{').Append(Labels).Append('}');
        _text.Append(' ').Append(Format(value)).Append('\n');
    }

    /// <summary>One bucket of a histogram: how many values were at most the bound.</summary>
    public void WriteBucket(string name, double bound, long count)
    {
        _text.Append(name).Append("_bucket{").Append(Labels);
        if (Labels.Length > 0)
            _text.Append(',');
        _text.Append("le=\"").Append(FormatBound(bound)).Append("\"} ").Append(count.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    public static string Format(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ when double.IsNaN(value) => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>A bound looks the same in both formats, or a scraper that changes between them would see other series.</summary>
    private static string FormatBound(double bound)
    {
        var text = Format(bound);
        return text.AsSpan().ContainsAny('.', 'E', 'I') ? text : text + ".0";
    }

    private static string Escape(string value) => value.AsSpan().ContainsAny('\\', '"', '\n')
        ? value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
        : value;
}
