using Serve.Admin;

namespace Serve.Cli.Output;

/// <summary>One line for each event.</summary>
internal static class EventText
{
    public static string Of(ServeEvent one) => $"{TimeText.Of(one.TimeS)} {What(one)}{(one.Message.Length == 0 ? "" : $" ({one.Message.Split('\n')[0]})")}";

    private static string What(ServeEvent one) => one.Type switch
    {
        EventType.ApplicationStatus => $"{one.Application}: {Change(one)}",
        EventType.DeploymentStatus => $"{one.Application}/{one.Deployment}: {Change(one)}",
        EventType.ReplicaState => $"{one.Application}/{one.Deployment} {SuffixOf(one.Replica!)} on {one.Node}: {Change(one)}",
        EventType.NodeJoined => $"node {one.Node} joined",
        EventType.NodeLeft => $"node {one.Node} left",
        EventType.RevisionSubmitted or EventType.RolledBack => $"{one.Application}: revision {one.Revision}{(one.By is null ? "" : $" by {one.By}")}",
        EventType.PolicyFailed => $"{Scaled(one)}: the scaling policy fails",
        EventType.PolicyRecovered => $"{Scaled(one)}: the scaling policy decides again",
        _ => "events were missed",
    };

    private static string? Scaled(ServeEvent one) => one.Deployment is null ? one.Application : $"{one.Application}/{one.Deployment}";

    private static string SuffixOf(string replica) => replica[(replica.LastIndexOf('#') + 1)..];

    private static string Change(ServeEvent one) => (one.From, one.To) switch
    {
        (null, _) => one.To!,
        (_, null) => $"{one.From} -> gone",
        _ when one.From == one.To => one.To,
        _ => $"{one.From} -> {one.To}",
    };
}
