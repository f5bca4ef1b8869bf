using System.Globalization;

namespace Serve.Specs.Parsing;

/// <summary>Checks settings whose keys only the user's program knows: they travel as JSON, so no key may stand twice and each number must be finite.</summary>
internal static class FreeForm
{
    public static IEnumerable<SpecError> Check(ConfigNode node, string path) => node switch
    {
        ConfigMap map => CheckMap(map, path),
        ConfigList list => list.Items.SelectMany((item, index) => Check(item, $"{path}[{index}]")),
        ConfigScalar { ScalarKind: ScalarKind.Number } number when !double.IsFinite(double.Parse(number.Text, CultureInfo.InvariantCulture)) =>
            [new SpecError(path, $"{number.Kind} is too large for a number.", number.Location)],
        _ => [],
    };

    private static IEnumerable<SpecError> CheckMap(ConfigMap map, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            var place = $"{path}.{entry.Key}";
            if (!seen.Add(entry.Key))
                yield return SpecError.Duplicate(entry, place);
            foreach (var error in Check(entry.Value, place))
                yield return error;
        }
    }
}
