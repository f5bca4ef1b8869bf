using Serve.Admin;

namespace Serve.Cli.Output;

/// <summary>The revisions of an application as a table.</summary>
internal static class HistoryText
{
    public static string Of(RevisionHistory history)
    {
        string[][] rows =
        [
            ["REVISION", "WHEN (UTC)", "BY", "CHANGE", "STATE"],
            .. history.Revisions.Select(revision => new[] { $"{revision.Number}", TimeText.WithDate(revision.AtS), revision.By ?? "-", revision.Change, StateOf(revision, history) }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string StateOf(RevisionDetails revision, RevisionHistory history) => revision switch
    {
        _ when revision.Number == history.ActiveRevision => revision.WasRunning ? "current" : "current, not all there yet",
        _ when revision.Number == history.Revision => "submitted, not in use",
        { WasRunning: true } => "was running",
        _ => "never ran as a whole",
    };
}
