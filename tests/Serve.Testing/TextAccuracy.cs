namespace Serve.Testing;

/// <summary>How much of a text was read right: 1 − edit distance / length, white space collapsed.</summary>
public static class TextAccuracy
{
    public static double Of(string expected, string actual)
    {
        var (a, b) = (Collapse(expected), Collapse(actual));
        return a.Length == 0 ? (b.Length == 0 ? 1 : 0) : 1 - (double)EditDistance(a, b) / a.Length;
    }

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)), row[j]);
        }

        return row[^1];
    }
}
