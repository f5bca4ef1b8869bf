using System.Globalization;
using System.Text;
using Serve.Admin;

namespace Serve.Cli.Output;

/// <summary>Why an application is as it is, for people.</summary>
internal static class ExplanationText
{
    public static string Of(Explanation explanation)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{explanation.Application} {explanation.Status} (revision {explanation.Revision})\n");
        Append(text, explanation.Answers);
        foreach (var deployment in explanation.Deployments)
            text.Append('\n').Append(Of(deployment)).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    public static string Of(DeploymentExplanation deployment)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{deployment.Name} {deployment.Status} since {TimeText.Of(deployment.SinceS)} UTC ({deployment.ReadyReplicas} of {deployment.TargetNumReplicas} ready{StandbysOf(deployment)})\n");
        Append(text, deployment.Answers);
        if (deployment.Awaited.Count > 0)
            text.Append("  What is awaited?\n");
        foreach (var awaited in deployment.Awaited)
        {
            var since = awaited.SinceS is { } at ? $", since {TimeText.Of(at)} UTC" : "";
            text.Append(CultureInfo.InvariantCulture, $"    {awaited.ReplicaId[(awaited.ReplicaId.LastIndexOf('#') + 1)..]} on {awaited.NodeId}: {awaited.What}{since}, at most {awaited.AtMostS} s\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string StandbysOf(DeploymentExplanation deployment) =>
        deployment.TargetStandbyReplicas + deployment.ReadyStandbyReplicas == 0 ? "" : $", {deployment.ReadyStandbyReplicas} of {deployment.TargetStandbyReplicas} standing by";

    private static void Append(StringBuilder text, IEnumerable<Answer> answers)
    {
        foreach (var answer in answers)
            text.Append(CultureInfo.InvariantCulture, $"  {answer.Question}\n    {answer.Text.ReplaceLineEndings("\n    ")}\n");
    }
}
