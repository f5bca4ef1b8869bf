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
        return string.Join('\n', TextTable.Lines(rows));
    }

    private static string StateOf(RevisionDetails revision, RevisionHistory history) => revision switch
    {
        _ when revision.Number == history.ActiveRevision => revision.WasRunning ? "current" : "current, not all there yet",
        _ when revision.Number == history.Revision => "submitted, not in use",
        { WasRunning: true } => "was running",
        _ => "never ran as a whole",
    };
}
