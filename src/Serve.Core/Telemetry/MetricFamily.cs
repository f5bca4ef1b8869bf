namespace Serve.Telemetry;

/// <summary>All series of one metric as Prometheus' text format has them; also how a worker tells its node what it has counted.</summary>
/// <param name="Name">The metric's name; a counter's without <c>_total</c>.</param>
/// <param name="Kind">What its numbers mean.</param>
/// <param name="Unit">The unit that the name ends with, or nothing.</param>
/// <param name="Help">What it is about, not escaped.</param>
/// <param name="Samples">The lines of its series, each ended by a line feed.</param>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Unit, string Help, string Samples)
{
    /// <summary>Puts the families of several processes together: what has one name becomes one family.</summary>
    /// <param name="all">The families; the first of a name says what it means.</param>
    /// <param name="dropped">How many were left out, because they mean something else by a name that was taken.</param>
    public static IReadOnlyList<MetricFamily> Merge(IEnumerable<MetricFamily> all, out int dropped)
    {
        dropped = 0;
        var merged = new List<MetricFamily>();
        foreach (var group in all.GroupBy(family => family.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = group.First();
            var alike = group.Where(family => family.Kind == first.Kind && family.Unit == first.Unit).ToList();
            dropped += group.Count() - alike.Count;
            merged.Add(alike.Count == 1 ? first : first with { Samples = string.Concat(alike.Select(family => family.Samples)) });
        }

        return merged;
    }

    /// <summary>As many of the families as have room within a bound.</summary>
    public static IReadOnlyList<MetricFamily> Fit(IEnumerable<MetricFamily> all, int maxLength, out int dropped)
    {
        var left = maxLength;
        var fitting = new List<MetricFamily>();
        dropped = 0;
        foreach (var family in all)
        {
            var length = family.Name.Length + family.Help.Length + family.Samples.Length;
            if (length > left)
            {
                dropped++;
                continue;
            }

            left -= length;
            fitting.Add(family);
        }

        return fitting;
    }
}
