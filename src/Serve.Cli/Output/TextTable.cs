namespace Serve.Cli.Output;

/// <summary>Rows of text as columns that stand below each other.</summary>
internal static class TextTable
{
    /// <param name="rows">The head first; all of them have as many cells.</param>
    /// <param name="numbers">The columns that stand on the right.</param>
    public static IReadOnlyList<string> Lines(IReadOnlyList<string[]> rows, params ReadOnlySpan<int> numbers)
    {
        var right = new HashSet<int>([.. numbers]);
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToList();
        return [.. rows.Select(row => string.Join("  ", row.Select((cell, column) => right.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd())];
    }
}
