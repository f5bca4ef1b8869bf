using System.Globalization;
using Serve.Admin;

namespace Serve.Cli.Output;

/// <summary>The load of all deployments and what is made of it, as a table.</summary>
internal static class LoadText
{
    private const string Unknown = "-";

    /// <summary>Replicas in standby stand behind those that take requests: <c>8+1</c>.</summary>
    /// <param name="load">What the server says.</param>
    /// <param name="mostRows">How many deployments there is room for.</param>
    public static IReadOnlyList<string> Lines(ClusterLoad load, int mostRows = int.MaxValue)
    {
        var all = load.Deployments;
        if (all.Count == 0)
            return [Head(load), "", "No deployment runs."];
        var shown = all.Count <= mostRows ? all : [.. all.Take(Math.Max(1, mostRows - 1))];
        List<string> lines =
        [
            Head(load),
            "",
            .. TextTable.Lines(
                [["APPLICATION", "DEPLOYMENT", "RUNNING", "QUEUED", "ARRIVALS/S", "P95", "READY", "TARGET", "MIN-MAX", "RULE"], .. shown.Select(Row)],
                2, 3, 4, 5, 6, 7),
        ];
        if (shown.Count < all.Count)
            lines.Add($"and {all.Count - shown.Count} more; 'serve top <application>' shows those of one application, 'serve top --once' all");
        return lines;
    }

    private static string Head(ClusterLoad load)
    {
        var applications = load.Deployments.Select(one => one.Application).Distinct(StringComparer.Ordinal).Count();
        var (running, queued) = (load.Deployments.Sum(one => one.Running), load.Deployments.Sum(one => one.Queued));
        return $"{TimeText.Of(load.AtS)} UTC  {Count(applications, "application")}, {Count(load.Deployments.Count, "deployment")}, "
            + $"{Count(load.Deployments.Sum(one => one.ReplicasReady), "replica")} ready; {Whole(running)} running, {Whole(queued)} queued";
    }

    private static string[] Row(DeploymentLoadDetails one) =>
    [
        one.Application,
        one.Deployment,
        Whole(one.Running),
        Whole(one.Queued),
        one.ArrivalsPerS.ToString("0.0", CultureInfo.InvariantCulture),
        one.LatencyP95S is { } latency ? DurationText.Of(latency) : Unknown,
        one.ReplicasStandby == 0 ? $"{one.ReplicasReady}" : $"{one.ReplicasReady}+{one.ReplicasStandby}",
        $"{one.ReplicasTarget}",
        one is { ReplicasMin: { } least, ReplicasMax: { } most } ? $"{least}-{most}" : "fixed",
        (one.Rule, one.Reason) is ({ } rule, { } reason) ? $"{rule}: {reason}" : "",
    ];

    private static string Whole(double number) => number.ToString("0", CultureInfo.InvariantCulture);

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
