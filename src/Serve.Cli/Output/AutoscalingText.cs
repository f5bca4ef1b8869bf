using System.Globalization;
using System.Text;
using Serve.Admin;

namespace Serve.Cli.Output;

/// <summary>How a deployment's number of replicas follows its load, for people: when it changes next, and the last decisions. What holds now is an answer of <see cref="ExplanationText"/>.</summary>
internal static class AutoscalingText
{
    /// <param name="details">What the server says.</param>
    /// <param name="most">How many of the last decisions.</param>
    public static string Of(AutoscalingDetails details, int most)
    {
        if (details.Now is not { } now)
            return "";
        var text = new StringBuilder("  When does the number of replicas change?\n");
        text.Append(details.NextChangeS is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"    At {TimeText.Of(at)} UTC, in {DurationText.Of(Math.Max(0, at - now.UntilS))}, if the load stays as it is.\n")
            : "    Not while the load stays as it is.\n");
        if (details.Decisions.Count == 0 || most == 0)
            return text.ToString().TrimEnd('\n');
        text.Append("  What was decided?\n");
        foreach (var line in TextTable.Lines([["WHEN (UTC)", "REPLICAS", "RULE", "SIGNAL", "WHY"], .. details.Decisions.Take(most).Select(Row)]))
            text.Append("    ").Append(line).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private static string[] Row(ScalingDecisionDetails one) =>
    [
        one.Times == 1 ? TimeText.Of(one.AtS) : $"{TimeText.Of(one.AtS)} to {TimeText.Of(one.UntilS)}",
        one.Before == one.After ? $"{one.After}" : $"{one.Before} -> {one.After}",
        one.Rule,
        one.Signal,
        one.Reason,
    ];
}
